-- Enters when to look whether a user is still without a session.
-- KEYS  1 graces
-- ARGV  1 user  2 after how long, in ms
redis.call('ZADD', KEYS[1], int(now + ARGV[2]), ARGV[1])
