-- Enters a session.
-- KEYS  1 sessions
-- ARGV  1 field  2 value
-- Returns {the value that was replaced or nil, all sessions as HGETALL gives them}.
local replaced = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {replaced, redis.call('HGETALL', KEYS[1])}
