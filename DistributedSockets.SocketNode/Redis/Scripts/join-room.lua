-- Second step of a join: the user is entered in the room. A leave with a lower stamp than this join can't take it back any more.
-- KEYS  1 meta  2 log  3 mids  4 members, and where events are wanted  5 events  6 hook
-- ARGV  1 the epoch, if the log begins  2 user  3 stamp of the join  4 most members  5 how long the log keeps an entry, in ms  6 events that are wanted
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
local count = redis.call('ZCARD', members)
if is_new and count == 1 then
  enter_event(KEYS[5], KEYS[6], ARGV[6], 'room.occupied', 'u', ARGV[2])
end
return {epoch, rseq, count, tonumber(redis.call('HGET', meta, 'mv') or 0), joined, is_new and 1 or 0}
