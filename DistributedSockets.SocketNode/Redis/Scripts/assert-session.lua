-- Enters a session again unless another connection has the device.
-- KEYS  as shared-presence.lua has them
-- ARGV  1 field  2 value  3 events that are wanted
-- Returns {1 if it is entered now, the change of presence as announced or nil}.
local present = redis.call('HGET', sessions, ARGV[1])
if present and present ~= ARGV[2] then
  return {0, false}
end

redis.call('HSET', sessions, ARGV[1], ARGV[2])
return {1, came(ARGV[3])}
