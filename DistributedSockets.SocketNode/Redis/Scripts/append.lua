-- Stores messages for one user and tells where the user is.
-- KEYS  1 meta  2 inbox  3 sessions  4 due  5 senders  6 owed  7 to 9 ids of three days in turn, and where events are wanted  10 presence  11 events  12 hook
-- ARGV  1 most messages above the delivered mark  2 most bytes above it  3 the epoch, if the inbox has none  4 how long a message is kept, in ms
--       5 visit period, in ms  6 the visit that the caller has registered, or 0  7 how many visits there were when it was refused
--       8 events that are wanted  9 whether the user was noted for them: 1 or 0
--       then for each message: id, sender, ms until it expires (0: when the inbox says), body, content type, the sender's own id, hash of that and of the sender,
--       hash of the body (these three empty: not reliable), kind, the message that an edit or a deletion is about, the sender's device
-- Returns {'visit', by when, visits} when nothing was stored, since nobody is certain to visit the user by then; {'hook'} when nothing was, since events come of it and the user was
--         not noted.
--         Else {epoch, sessions as HGETALL gives them, stored at, then for each message: its seq, or {kind (PlacementKind), id, seq, stored at} if it was not stored now}.
local leading, per_message = 9, 11
local retention, period = tonumber(ARGV[4]), tonumber(ARGV[5])
local needed = now + period
local own_hashes = {}
for index = leading + 1, #ARGV, per_message do
  local ttl, own_hash = tonumber(ARGV[index + 2]), ARGV[index + 6]
  if ttl > 0 then
    needed = math.min(needed, now + ttl)
  end
  if own_hash ~= '' then
    own_hashes[#own_hashes + 1] = own_hash
  end
end
if not is_certain(KEYS[1], needed, period, tonumber(ARGV[6]), tonumber(ARGV[7])) then
  return refusal(KEYS[1], needed)
end

-- What is stored for somebody who is away is told to the application's back end.
local hooks, presence, events, hook = ARGV[8], KEYS[10], KEYS[11], KEYS[12]
local is_told = wants(hooks, 'message.stored') and numbers(presence, 'on') == 0
if is_told and ARGV[9] == '0' then
  return {'hook'}
end

local answer = {begun(KEYS[1], ARGV[3]), redis.call('HGETALL', KEYS[3]), now}
local seq, delivered, bytes, accepted, done, expired, failed, entries =
  numbers(KEYS[1], 'seq', 'delivered', 'bytes', 'accepted', 'deliveredCount', 'expired', 'failed', 'entries')
-- What somebody has taken out of the stream by hand is pending for ever; it must not fill the inbox.
local pending = math.min(accepted - done - expired - failed, seq - delivered)
local stored, full, at = 0, false, int(now)

local days = {KEYS[7], KEYS[8], KEYS[9]}
local known, remembered_ids = #own_hashes > 0 and recall(days, own_hashes) or {}, {}

-- Messages of one sender in a row make up one entry, under the last one's seq. Owed for them is what a sender's other devices see, and the conversation's log.
local row = {ids = {}}
local function end_row()
  if #row.ids > 0 then
    redis.call('XADD', KEYS[5], id(row.last), 'f', row.sender, 'n', #row.ids)
    owe(KEYS[1], KEYS[6], 'copy', row.sender, row.ids, row.last, row.device)
  end
  row = {ids = {}}
end

for index = leading + 1, #ARGV, per_message do
  local mid, from, ttl, body, content, own, own_hash, body_hash, kind, of, device = unpack(ARGV, index, index + per_message - 1)
  local earlier = known[own_hash]
  if earlier then
    local first, first_seq, first_at = string.match(string.sub(earlier, 9), '^(%S+) (%d+) (%d+)$')
    if string.sub(earlier, 1, 8) == body_hash then
      local is_there = #redis.call('XRANGE', KEYS[2], id(first_seq), id(first_seq)) > 0
      answer[#answer + 1] = {is_there and 1 or 4, first, tonumber(first_seq), tonumber(first_at)}
    else
      answer[#answer + 1] = {2, mid, 0, 0}
    end
  elseif full or pending + 1 > tonumber(ARGV[1]) or bytes + #body > tonumber(ARGV[2]) then
    full = true
    answer[#answer + 1] = {3, mid, 0, 0}
  else
    seq, pending, bytes, stored = seq + 1, pending + 1, bytes + #body, stored + 1
    local entry = {'m', mid, 'f', from, 't', at, 'b', body}
    if own_hash ~= '' then
      entry[9], entry[10] = 'i', own
      known[own_hash] = remembered(body_hash, mid, seq)
      remembered_ids[#remembered_ids + 1] = own_hash
      remembered_ids[#remembered_ids + 1] = known[own_hash]
      if row.sender ~= from or row.device ~= device then
        end_row()
      end
      row.sender, row.device, row.last, row.ids[#row.ids + 1] = from, device, seq, mid
    else
      end_row()
    end
    if content ~= '' then
      entry[#entry + 1] = 'c'
      entry[#entry + 1] = content
    end
    if kind ~= '' then
      entry[#entry + 1], entry[#entry + 2], entry[#entry + 3], entry[#entry + 4] = 'k', kind, 'o', of
    end
    if tonumber(ttl) > 0 then
      local due = int(math.min(now + retention, now + ttl))
      entry[#entry + 1] = 'x'
      entry[#entry + 1] = due
      redis.call('ZADD', KEYS[4], due, int(seq))
    end
    redis.call('XADD', KEYS[2], id(seq), unpack(entry))
    if is_told then
      enter_stored(events, hook, hooks, seq, {m = mid, f = from, t = at, b = body, c = content ~= '' and content})
    end
    answer[#answer + 1] = seq
  end
end
end_row()
if #remembered_ids > 0 then
  remember(days, remembered_ids)
end
if stored > 0 then
  redis.call('HSET', KEYS[1], 'seq', int(seq), 'bytes', int(bytes), 'accepted', int(accepted + stored), 'entries', int(entries + stored))
end
return answer
