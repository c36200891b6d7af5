-- Prolongs a lease, or takes it back where it lapsed and nobody took or reaped it.
-- KEYS  1 lease  2 incarnation  3 alive  4 info
-- ARGV  1 node  2 its incarnation  3 length of the lease in ms  4 what the node tells about itself
-- Returns 'renewed', 'taken back' or 'lost'.
local holder = redis.call('GET', KEYS[1])
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)

-- Whoever fences an incarnation gives its next number out, so "newest" also means "not reaped". A wiped store knows no number.
if last > tonumber(ARGV[2]) or (holder and holder ~= ARGV[2]) then
  return 'lost'
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local member = ARGV[1] .. '#' .. ARGV[2]
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], string.format('%d', now + ARGV[3]), member)
redis.call('HSET', KEYS[4], member, ARGV[4])
return holder and 'renewed' or 'taken back'
