-- Second step of a join: the user is entered in the room. A leave with a lower stamp than this join can't take it back any more.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 the epoch, if the log begins  2 user  3 stamp of the join  4 most members  5 how long the log keeps an entry, in ms
-- Returns {epoch, rseq, members, version of the list, stamp of the user's join, whether the user was no member}; nil when there are too many.
local joined = tonumber(redis.call('ZSCORE', members, ARGV[2]))
if not joined and redis.call('ZCARD', members) >= tonumber(ARGV[4]) then
  return false
end
begin(ARGV[1], tonumber(ARGV[5]))
local is_new = not joined
if is_new then
  redis.call('HINCRBY', meta, 'mv', 1)
end
if is_new or joined < tonumber(ARGV[3]) then
  joined = tonumber(ARGV[3])
  redis.call('ZADD', members, ARGV[3], ARGV[2])
  redis.call('PERSIST', meta)
end
return {epoch, rseq, redis.call('ZCARD', members), tonumber(redis.call('HGET', meta, 'mv') or 0), joined, is_new and 1 or 0}
