-- Moves an incarnation from the living to those being reaped, if its time is still over: from here on it can't renew.
-- KEYS  1 lease  2 incarnation  3 alive  4 reaping
-- ARGV  1 node  2 its incarnation
local time = redis.call('TIME')
local member = ARGV[1] .. '#' .. ARGV[2]
local score = redis.call('ZSCORE', KEYS[3], member)
if not score or tonumber(score) > time[1] * 1000 + math.floor(time[2] / 1000) then
  return
end

redis.call('ZREM', KEYS[3], member)
redis.call('SADD', KEYS[4], member)
if redis.call('GET', KEYS[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then
  redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
end
