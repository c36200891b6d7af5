-- Reads the events that wait, the oldest first; none while nothing is to be posted.
-- KEYS  1 events  2 hook
-- ARGV  1 most events
-- Returns {now, until when nothing is posted or 0, how many have gone since too many waited, the events as XRANGE gives them}. Those that have gone are told once.
local lost, paused = numbers(KEYS[2], 'lost', 'paused')
if lost > 0 then
  redis.call('HDEL', KEYS[2], 'lost')
end
if paused > now then
  return {now, paused, lost, {}}
end
return {now, 0, lost, redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])}
