-- Enters a session.
-- KEYS  as shared-presence.lua has them
-- ARGV  1 field  2 value  3 events that are wanted
-- Returns {the value that was replaced or nil, all sessions as HGETALL gives them, the change of presence as announced or nil}.
local replaced = redis.call('HGET', sessions, ARGV[1])
redis.call('HSET', sessions, ARGV[1], ARGV[2])
return {replaced, redis.call('HGETALL', sessions), came(ARGV[3])}
