-- Takes a node's name for a new boot.
-- KEYS  1 lease  2 incarnation  3 alive  4 info
-- ARGV  1 node  2 length of the lease in ms  3 what the node tells about itself
-- Returns {1, incarnation} when taken, else {0, the holder's incarnation, ms left, what the holder told or nil}.
local holder = redis.call('GET', KEYS[1])
if holder then
  return {0, holder, redis.call('PTTL', KEYS[1]), redis.call('HGET', KEYS[4], ARGV[1] .. '#' .. holder)}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
local mine = string.format('%d', math.max(last + 1, now))
redis.call('SET', KEYS[1], mine, 'PX', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], mine)

-- One name, one living incarnation, also where the lease went before its time: the earlier one waits for the reaper now.
redis.call('ZADD', KEYS[3], 'XX', 'LT', string.format('%d', now - 1), string.format('%s#%d', ARGV[1], last))
redis.call('ZADD', KEYS[3], string.format('%d', now + ARGV[2]), ARGV[1] .. '#' .. mine)
redis.call('HSET', KEYS[4], ARGV[1] .. '#' .. mine, ARGV[3])
return {1, mine}
