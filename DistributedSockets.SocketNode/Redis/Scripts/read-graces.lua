-- Finds the users whose grace may be over.
-- KEYS  1 graces
-- ARGV  1 most users
-- Returns {user, when it was due, user, …}.
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', int(now), 'WITHSCORES', 'LIMIT', 0, ARGV[1])
