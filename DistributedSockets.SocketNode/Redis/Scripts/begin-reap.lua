-- Takes or prolongs the reaper's turn, and finds who has died.
-- KEYS  1 turn  2 alive
-- ARGV  1 who asks: <id>#<incarnation>  2 length of the turn in ms
-- Returns the members whose time is over, or nil when it is somebody else's turn or the asker does not live itself.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owner = redis.call('GET', KEYS[1])
if (owner and owner ~= ARGV[1]) or tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0) <= now then
  return nil
end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%d', now))
