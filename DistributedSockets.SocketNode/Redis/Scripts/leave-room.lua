-- Second step of a leave: the user is taken out of the room's list, unless a later join has entered them anew. A room without members goes with its log.
-- KEYS  1 meta  2 log  3 mids  4 members, and where events are wanted  5 events  6 hook
-- ARGV  1 user  2 stamp of the leave  3 how long the log keeps an entry, in ms  4 events that are wanted
-- Returns {members, version of the list, whether the user was taken out}.
local joined = tonumber(redis.call('ZSCORE', members, ARGV[1]))
local is_out = joined and joined <= tonumber(ARGV[2])
if is_out then
  redis.call('ZREM', members, ARGV[1])
  redis.call('HINCRBY', meta, 'mv', 1)
  keep_meta(tonumber(ARGV[3]))
end
local count = redis.call('ZCARD', members)
if is_out and count == 0 then
  enter_event(KEYS[5], KEYS[6], ARGV[4], 'room.vacated', 'u', ARGV[1])
end
return {count, tonumber(redis.call('HGET', meta, 'mv') or 0), is_out and 1 or 0}
