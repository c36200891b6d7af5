-- Enters a session again unless another connection has the device.
-- KEYS  1 sessions
-- ARGV  1 field  2 value
-- Returns 1 if it is entered now.
local present = redis.call('HGET', KEYS[1], ARGV[1])
if present and present ~= ARGV[2] then
  return 0
end

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
