-- Stores messages for one user, all or none, and tells where the user is.
-- KEYS  1 meta  2 inbox  3 sessions
-- ARGV  1 most messages above the delivered mark  2 most bytes above it  3 the epoch, if these are the first messages
--       then for each message: id, sender, time of sending, body
-- Returns {first seq, sessions as HGETALL gives them}, or {0} when the inbox is full.
local meta = redis.call('HMGET', KEYS[1], 'seq', 'delivered', 'bytes', 'deliveredBytes')
local seq, bytes = tonumber(meta[1] or 0), tonumber(meta[3] or 0)
local first, size = seq + 1, 0
for index = 7, #ARGV, 4 do
  size = size + #ARGV[index]
end
if seq + (#ARGV - 3) / 4 - (meta[2] or 0) > tonumber(ARGV[1]) or bytes + size - (meta[4] or 0) > tonumber(ARGV[2]) then
  return {0}
end

for index = 4, #ARGV, 4 do
  seq = seq + 1
  bytes = bytes + #ARGV[index + 3]
  -- n, the bytes of all bodies up to here, comes first: acknowledge reads it by its place.
  redis.call('XADD', KEYS[2], string.format('0-%d', seq), 'n', string.format('%d', bytes),
    'm', ARGV[index], 'f', ARGV[index + 1], 't', ARGV[index + 2], 'b', ARGV[index + 3])
end
if first == 1 then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[3])
end
redis.call('HSET', KEYS[1], 'seq', string.format('%d', seq), 'bytes', string.format('%d', bytes))
return {first, redis.call('HGETALL', KEYS[3])}
