-- Gives a node's name back if this incarnation holds it; it stops living at once and can't renew any more.
-- KEYS  1 lease  2 incarnation  3 alive  4 info  5 reaping
-- ARGV  1 node  2 its incarnation  3 '1' if users are left on its work list
local member = ARGV[1] .. '#' .. ARGV[2]
if redis.call('GET', KEYS[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then
  redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
end
redis.call('HDEL', KEYS[4], member)

-- What it could not close is left to the reaper.
if redis.call('ZREM', KEYS[3], member) == 1 and ARGV[3] == '1' then
  redis.call('SADD', KEYS[5], member)
end
