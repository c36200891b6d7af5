-- Moves a device's cursor and the user's delivered mark, forward only.
-- KEYS  1 meta  2 inbox  3 cursors
-- ARGV  1 device  2 acknowledged seq  3 most cursors  4 how many delivered messages stay at least
local acknowledged = tonumber(ARGV[2])
local meta = redis.call('HMGET', KEYS[1], 'seq', 'delivered', 'deliveredBytes')
local cursor = redis.call('HGET', KEYS[3], ARGV[1]) or '0'
if acknowledged > tonumber(meta[1] or 0) or acknowledged <= tonumber(string.match(cursor, '^%d+')) then
  return
end

-- A cursor is '<seq> <when it moved, in us>'; the one that has not moved for longest goes.
local time = redis.call('TIME')
redis.call('HSET', KEYS[3], ARGV[1], string.format('%d %d', acknowledged, time[1] * 1000000 + time[2]))
if redis.call('HLEN', KEYS[3]) > tonumber(ARGV[3]) then
  local oldest, moved = nil, math.huge
  local all = redis.call('HGETALL', KEYS[3])
  for index = 1, #all, 2 do
    local at = tonumber(string.match(all[index + 1], '%d+$'))
    if at < moved then
      oldest, moved = all[index], at
    end
  end
  redis.call('HDEL', KEYS[3], oldest)
end

if acknowledged <= tonumber(meta[2] or 0) then
  return
end

-- The entry itself may be gone; then the nearest one below it says how many bytes lie below the mark.
local bytes = tonumber(meta[3] or 0)
local nearest = redis.call('XREVRANGE', KEYS[2], string.format('0-%d', acknowledged), '-', 'COUNT', 1)[1]
if nearest then
  bytes = math.max(bytes, tonumber(nearest[2][2]))
end
redis.call('HSET', KEYS[1], 'delivered', string.format('%d', acknowledged), 'deliveredBytes', string.format('%d', bytes))

-- Whole blocks of entries only ('~'), which costs nothing; so a few more than asked may stay.
if acknowledged > tonumber(ARGV[4]) then
  redis.call('XTRIM', KEYS[2], 'MINID', '~', string.format('0-%d', acknowledged - ARGV[4] + 1))
end
