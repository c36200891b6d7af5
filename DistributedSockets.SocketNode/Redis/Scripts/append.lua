-- Stores messages for one user and tells where the user is.
-- KEYS  1 meta  2 inbox  3 sessions  4 due  5 senders  then for each reliable message: where its id is remembered
-- ARGV  1 most messages above the delivered mark  2 most bytes above it  3 the epoch, if the inbox has none  4 how long a message is kept, in ms
--       5 visit period, in ms  6 the visit that the caller has registered, or 0  7 how many visits there were when it was refused
--       then for each message: id, sender, ms until it expires (0: when the inbox says), body, the sender's own id, content type,
--       hash of the body (empty: not reliable)
-- Returns {'visit', by when, visits} when nothing was stored, since nobody is certain to visit the user by then.
--         Else {epoch, sessions as HGETALL gives them, then for each message: kind (PlacementKind), id, seq, stored at}.
local remembered = 24 * 3600 * 1000
local retention, period = tonumber(ARGV[4]), tonumber(ARGV[5])
local needed = now + period
for index = 10, #ARGV, 7 do
  local ttl = tonumber(ARGV[index])
  if ttl > 0 then
    needed = math.min(needed, now + ttl)
  end
end
if not is_certain(KEYS[1], needed, period, tonumber(ARGV[6]), tonumber(ARGV[7])) then
  return refusal(KEYS[1], needed)
end

local answer = {begun(KEYS[1], ARGV[3]), redis.call('HGETALL', KEYS[3])}
local seq, delivered, bytes, accepted, done, expired, failed =
  numbers(KEYS[1], 'seq', 'delivered', 'bytes', 'accepted', 'deliveredCount', 'expired', 'failed')
-- What somebody has taken out of the stream by hand is pending for ever; it must not fill the inbox.
local pending = math.min(accepted - done - expired - failed, seq - delivered)
local stored, full, seen_key = 0, false, 5

local function place(kind, mid, at_seq, at)
  answer[#answer + 1] = kind
  answer[#answer + 1] = mid
  answer[#answer + 1] = at_seq
  answer[#answer + 1] = at
end

for index = 8, #ARGV, 7 do
  local mid, from, ttl, body, own, content, hash = unpack(ARGV, index, index + 6)
  local earlier = false
  if hash ~= '' then
    seen_key = seen_key + 1
    earlier = redis.call('GET', KEYS[seen_key])
  end
  if earlier then
    -- '<hash of the body> <id> <seq> <stored at>'
    local first_hash, first, at_seq, at = string.match(earlier, '^(%S+) (%S+) (%d+) (%d+)$')
    if first_hash == hash then
      local is_there = #redis.call('XRANGE', KEYS[2], id(at_seq), id(at_seq)) > 0
      place(is_there and 1 or 4, first, tonumber(at_seq), tonumber(at))
    else
      place(2, mid, 0, 0)
    end
  elseif full or pending + 1 > tonumber(ARGV[1]) or bytes + #body > tonumber(ARGV[2]) then
    full = true
    place(3, mid, 0, 0)
  else
    seq, pending, bytes, stored = seq + 1, pending + 1, bytes + #body, stored + 1
    local due = now + retention
    if tonumber(ttl) > 0 then
      due = math.min(due, now + ttl)
      redis.call('ZADD', KEYS[4], int(due), int(seq))
    end
    local entry = {'m', mid, 'f', from, 't', int(now), 'x', int(due), 'b', body}
    if hash ~= '' then
      entry[#entry + 1] = 'i'
      entry[#entry + 1] = own
      redis.call('SET', KEYS[seen_key], string.format('%s %s %d %d', hash, mid, seq, now), 'PX', int(remembered))
      redis.call('XADD', KEYS[5], id(seq), 'f', from, 'm', mid)
    end
    if content ~= '' then
      entry[#entry + 1] = 'c'
      entry[#entry + 1] = content
    end
    redis.call('XADD', KEYS[2], id(seq), unpack(entry))
    place(0, mid, seq, now)
  end
end
if stored > 0 then
  redis.call('HSET', KEYS[1], 'seq', int(seq), 'bytes', int(bytes), 'accepted', int(accepted + stored))
  redis.call('HINCRBY', KEYS[1], 'entries', stored)
end
return answer
