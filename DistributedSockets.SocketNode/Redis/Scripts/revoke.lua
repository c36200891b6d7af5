-- Revokes a token, or all of a user's that were issued before a time, and enters it in the log that the nodes read.
-- KEYS  1 users  2 tokens  3 log
-- ARGV  1 "u" or "t"  2 the user or the token's id  3 issued before, or when it can be forgotten (ms)  4 how long it is kept beyond that (ms)  5 entries of the log
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%d', now - ARGV[4]))
if ARGV[1] == 'u' then
  local before = tonumber(redis.call('HGET', KEYS[1], ARGV[2]) or 0)
  if before < tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
  end
else
  redis.call('ZADD', KEYS[2], 'GT', ARGV[3], ARGV[2])
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '0-*', 'k', ARGV[1], 'n', ARGV[2], 't', ARGV[3])
