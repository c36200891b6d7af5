-- Nothing is posted for a while.
-- KEYS  1 hook
-- ARGV  1 how long, in ms
-- Returns until when.
local day = 24 * 3600 * 1000
local paused = int(now + ARGV[1])
redis.call('HSET', KEYS[1], 'paused', paused)
redis.call('PEXPIRE', KEYS[1], int(day + ARGV[1]))
return tonumber(paused)
