-- Removes a session if the entry is exactly this one.
-- KEYS  1 sessions
-- ARGV  1 field  2 value
-- Returns the sessions that are left, as HGETALL gives them.
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
