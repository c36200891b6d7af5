-- Removes a session if the entry is exactly this one.
-- KEYS  as shared-presence.lua has them
-- ARGV  1 field  2 value  3 for how long the user still counts as online, in ms  4 events that are wanted
-- Returns {the sessions that are left, as HGETALL gives them, the change of presence as announced or nil}.
local change = false
if redis.call('HGET', sessions, ARGV[1]) == ARGV[2] then
  redis.call('HDEL', sessions, ARGV[1])
  saw(ARGV[1])
  change = went(tonumber(ARGV[3]), ARGV[4])
end
return {redis.call('HGETALL', sessions), change}
