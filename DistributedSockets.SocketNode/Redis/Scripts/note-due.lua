-- Enters on a list when to look after somebody.
-- KEYS  1 list
-- ARGV  1 who  2 after how long, in ms
redis.call('ZADD', KEYS[1], int(now + ARGV[2]), ARGV[1])
