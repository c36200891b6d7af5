-- Enters a session.
-- KEYS  1 sessions  2 presence  3 watchers
-- ARGV  1 field  2 value
-- Returns {the value that was replaced or nil, all sessions as HGETALL gives them, the change of presence as announced or nil}.
local replaced = redis.call('HGET', sessions, ARGV[1])
redis.call('HSET', sessions, ARGV[1], ARGV[2])
return {replaced, redis.call('HGETALL', sessions), came()}
