-- A connection begins to read a room's log: where, and why not where it was.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 the epoch, if the log begins or has gone back in time  2 most entries  3 most bytes of bodies  4 how long an entry is kept, in ms  5 user, or empty: the room is everyone's
--       6 the epoch and 7 the rseq of the place that was noted for it, or empty and 0: it starts at the end  8 the epoch and 9 the rseq that the client says, or empty and 0
-- Returns {after, rseq, epoch, reason (LogStartReason, or -1), gap from, gap to (0: none), members, whether the user is one}; nil if it did not come to the end: call again.
local EPOCH, TRIMMED = 0, 1
local place, since = tonumber(ARGV[7]), tonumber(ARGV[9])
begin(ARGV[1], tonumber(ARGV[4]))
if ARGV[5] == '' then
  redis.call('HSET', meta, 'kept', 1)
  redis.call('PERSIST', meta)
end
if not trim(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), 256) then
  return false
end

-- Only what the system has noted can tell that the store has gone back in time: what a client says would let it end the log's life for everybody.
local after, reason, from, to = place, -1, 0, 0
if has_gone_back(ARGV[6], place, ARGV[1]) or ARGV[6] ~= epoch then
  after, reason = 0, EPOCH
end
if ARGV[6] == '' then
  after, reason = rseq, -1
end
if ARGV[8] == epoch and since <= rseq then
  after, reason = since, -1
end
if reason ~= EPOCH and after < first - 1 then
  from, to, reason, after = after + 1, first - 1, TRIMMED, first - 1
end
return {after, rseq, epoch, reason, from, to, redis.call('ZCARD', members), redis.call('ZSCORE', members, ARGV[5]) and 1 or 0}
