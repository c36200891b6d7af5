-- Enters a session again unless another connection has the device.
-- KEYS  1 sessions  2 presence  3 watchers
-- ARGV  1 field  2 value
-- Returns {1 if it is entered now, the change of presence as announced or nil}.
local present = redis.call('HGET', sessions, ARGV[1])
if present and present ~= ARGV[2] then
  return {0, false}
end

redis.call('HSET', sessions, ARGV[1], ARGV[2])
return {1, came()}
