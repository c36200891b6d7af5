-- Stores messages in the log of a room.
-- KEYS  1 meta  2 log  3 mids  4 members  5 to 7 ids of three days in turn
-- ARGV  1 the epoch, if the log begins or has gone back in time  2 most entries  3 most bytes of bodies  4 how long an entry is kept, in ms
--       5 the epoch and 6 the rseq of the furthest end that the caller has seen, or empty and 0
--       then for each message: id, sender, device, ms until it is not shown any more (0: as long as it is kept), body, content type, the sender's own id, hash of that and of
--       the sender, hash of the body
-- Returns {epoch, stored at, then for each message: its rseq, or {outcome (LogOutcome), id, rseq, stored at} if it was not stored now}.
local leading, per_message = 6, 9
local days = {KEYS[5], KEYS[6], KEYS[7]}
begin(ARGV[1], tonumber(ARGV[4]))
has_gone_back(ARGV[5], tonumber(ARGV[6]), ARGV[1])

local own_hashes = {}
for index = leading + 1, #ARGV, per_message do
  own_hashes[#own_hashes + 1] = ARGV[index + 7]
end
local known_ids, remembered_ids, places, answer = recall(days, own_hashes), {}, {}, {epoch, now}

for index = leading + 1, #ARGV, per_message do
  local mid, from, device, ttl, body, content, own, own_hash, body_hash = unpack(ARGV, index, index + per_message - 1)
  local earlier = known_ids[own_hash]
  if earlier then
    answer[#answer + 1] = repeated(earlier, body_hash, mid)
  else
    rseq, bytes = rseq + 1, bytes + #body
    write_entry(rseq, {
      k = 'm', m = mid, f = from, v = device, t = now, i = own, b = body,
      c = content ~= '' and content or nil,
      x = tonumber(ttl) > 0 and now + ttl or nil,
    })
    places[#places + 1], places[#places + 2] = mid, int(rseq)
    known_ids[own_hash] = remembered(body_hash .. mid, rseq)
    remembered_ids[#remembered_ids + 1], remembered_ids[#remembered_ids + 2] = own_hash, known_ids[own_hash]
    answer[#answer + 1] = rseq
  end
end

if #places > 0 then
  redis.call('HSET', mids, unpack(places))
  remember(days, remembered_ids)
  trim(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), 256 + #own_hashes)
  save()
  keep(tonumber(ARGV[4]))
end
return answer
