-- Stores messages for one user and tells where the user is.
-- KEYS  1 meta  2 inbox  3 sessions  4 due  5 senders  6 owed  7 to 9 ids of three days in turn, and where events are wanted  10 presence  11 events  12 hook
-- ARGV  1 most messages above the delivered mark  2 most bytes above it  3 the epoch, if the inbox has none  4 how long a message is kept, in ms
--       5 visit period, in ms  6 the visit that the caller has registered, or 0  7 how many visits there were when it was refused
--       8 events that are wanted  9 whether the user was noted for them: 1 or 0
--       then for each entry: how many messages it has, whether they are reliable (1 or 0), sender, the sender's device, the id of the first, bytes of their bodies,
--       ms until it expires (0: when the inbox says), how many fields and values, and these (StoredEnvelope.cs), but for times; of reliable ones also for each message
--       the hash of the sender's own id and of the sender, and then for each the hash of its body and its id
-- Returns {'visit', by when, visits} when nothing was stored, since nobody is certain to visit the user by then; {'hook'} when nothing was, since events come of it and the user was
--         not noted; {'apart'} when nothing was, since some messages of an entry can be stored and others not, or have an event each: they have to come in entries of their own.
--         Else {epoch, sessions as HGETALL gives them, stored at, then for each entry: the last seq, or {kind (PlacementKind), id, seq, stored at} if it was not stored now}.
local leading, header = 9, 8
local most, most_bytes, retention, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local needed, all, all_bytes, has_rows = now + period, 0, 0, false
local entries, own_hashes, index = {}, {}, leading + 1
while index <= #ARGV do
  local count, own, sender, device, mid, size, ttl, values = unpack(ARGV, index, index + header - 1)
  local entry = {sender = sender, device = device, mid = mid, count = tonumber(count), bytes = tonumber(size), ttl = tonumber(ttl), first = index + header}
  entry.own = entry.first + values
  index = entry.own
  if own == '1' then
    for at = index, index + entry.count - 1 do
      own_hashes[#own_hashes + 1] = ARGV[at]
    end
    entry.is_own, index = true, index + 2 * entry.count
  end
  if entry.ttl > 0 then
    needed = math.min(needed, now + entry.ttl)
  end
  entries[#entries + 1], all, all_bytes, has_rows = entry, all + entry.count, all_bytes + entry.bytes, has_rows or entry.count > 1
end

-- Each call costs as much as what it does, so there are few.
local meta = redis.call(
  'HMGET', KEYS[1], 'epoch', 'visit', 'seq', 'delivered', 'bytes', 'accepted', 'deliveredCount', 'expired', 'failed', 'entries', 'owed', 'idDay')
local epoch = meta[1]
for place = 2, #meta do
  meta[place] = tonumber(meta[place] or 0)
end
local _, visit, seq, delivered, bytes, accepted, done, expired, failed, kept, owed, id_day = unpack(meta)
if not is_in_time(visit, needed, period) and not is_certain(KEYS[1], needed, period, tonumber(ARGV[6]), tonumber(ARGV[7])) then
  return refusal(KEYS[1], needed)
end

-- What is stored for somebody who is away is told to the application's back end.
local hooks, presence, events, hook = ARGV[8], KEYS[10], KEYS[11], KEYS[12]
local is_told = wants(hooks, 'message.stored') and numbers(presence, 'on') == 0
if is_told and ARGV[9] == '0' then
  return {'hook'}
end

-- What somebody has taken out of the stream by hand is pending for ever; it must not fill the inbox.
local pending = math.min(accepted - done - expired - failed, seq - delivered)
local days = {KEYS[7], KEYS[8], KEYS[9]}
local known, is_known = {}, false
if #own_hashes > 0 then
  known, is_known = recall(days, own_hashes)
end
if has_rows and (is_told or is_known or pending + all > most or bytes + all_bytes > most_bytes) then
  return {'apart'}
end

local answer = {epoch or begun(KEYS[1], ARGV[3]), redis.call('HGETALL', KEYS[3]), now}
local before, kept_before, full, at, remembered_ids = seq, kept, false, int(now), {}

-- Owed for messages of one sender in a row is what the sender's other devices see, and the conversation's log.
local row = {count = 0}
local function end_row()
  if row.count > 0 then
    owed = owed + 1
    redis.call('XADD', KEYS[5], id(row.last), 'f', row.sender, 'n', row.count)
    redis.call('XADD', KEYS[6], id(owed), 's', 'copy', 'f', row.sender, 'm', row.mid, 'n', row.count, 'q', int(row.last), 't', at, 'd', row.device)
  end
  row = {count = 0}
end

-- What was stored before under the own id of a message, as it is answered; nil for nothing.
local function earlier_of(entry)
  local earlier = entry.is_own and entry.count == 1 and known[ARGV[entry.own]]
  if not earlier then
    return nil
  end
  if string.sub(earlier, 1, 8) ~= string.sub(ARGV[entry.own + 1], 1, 8) then
    return {2, entry.mid, 0, 0}
  end
  local first, first_seq, first_at = string.match(string.sub(earlier, 9), '^(%S+) (%d+) (%d+)$')
  return {entry_with(KEYS[2], tonumber(first_seq)) and 1 or 4, first, tonumber(first_seq), tonumber(first_at)}
end

local function remember_own(entry)
  for place = 0, entry.count - 1 do
    local own_hash = ARGV[entry.own + place]
    local value = remembered(ARGV[entry.own + entry.count + place], seq + place + 1)
    if entry.count == 1 then
      known[own_hash] = value
    end
    remembered_ids[#remembered_ids + 1], remembered_ids[#remembered_ids + 2] = own_hash, value
  end
end

local function store(entry)
  if entry.is_own then
    remember_own(entry)
    if row.sender ~= entry.sender or row.device ~= entry.device then
      end_row()
    end
    row.mid, row.sender, row.device, row.last, row.count = row.mid or entry.mid, entry.sender, entry.device, seq + entry.count, row.count + entry.count
  else
    end_row()
  end
  seq, pending, bytes, kept = seq + entry.count, pending + entry.count, bytes + entry.bytes, kept + 1
  if entry.ttl > 0 then
    local due = int(math.min(now + retention, now + entry.ttl))
    redis.call('ZADD', KEYS[4], due, int(seq))
    redis.call('XADD', KEYS[2], id(seq), 't', at, 'x', due, unpack(ARGV, entry.first, entry.own - 1))
  else
    redis.call('XADD', KEYS[2], id(seq), 't', at, unpack(ARGV, entry.first, entry.own - 1))
  end
  if is_told then
    local message = fields({'', {unpack(ARGV, entry.first, entry.own - 1)}})
    message.t = at
    enter_stored(events, hook, hooks, seq, message)
  end
  return seq
end

for _, entry in ipairs(entries) do
  local placed = earlier_of(entry)
  if not placed then
    full = full or pending + entry.count > most or bytes + entry.bytes > most_bytes
    placed = full and {3, entry.mid, 0, 0} or store(entry)
  end
  answer[#answer + 1] = placed
end
end_row()
if #remembered_ids > 0 then
  redis.call('HSET', days[1 + day % 3], unpack(remembered_ids))
  if id_day ~= day then
    forget_in_time(days)
  end
end
if kept > kept_before then
  redis.call(
    'HSET', KEYS[1], 'seq', int(seq), 'bytes', int(bytes), 'accepted', int(accepted + seq - before), 'entries', int(kept), 'owed', int(owed), 'idDay', #remembered_ids > 0 and day or id_day)
end
return answer
