-- Second step of a leave: the user is taken out of the room's list, unless a later join has entered them anew. A room without members goes with its log.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 user  2 stamp of the leave  3 how long the log keeps an entry, in ms
-- Returns {members, version of the list, whether the user was taken out}.
local joined = tonumber(redis.call('ZSCORE', members, ARGV[1]))
local is_out = joined and joined <= tonumber(ARGV[2])
if is_out then
  redis.call('ZREM', members, ARGV[1])
  redis.call('HINCRBY', meta, 'mv', 1)
  keep_meta(tonumber(ARGV[3]))
end
return {redis.call('ZCARD', members), tonumber(redis.call('HGET', meta, 'mv') or 0), is_out and 1 or 0}
