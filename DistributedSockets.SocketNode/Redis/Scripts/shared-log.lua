-- Stands before every script of the log of a room or of a conversation (which has no members), behind shared.lua and shared-ids.lua: what they all do in the same way.
-- KEYS  1 meta  2 log  3 mids  4 members
-- An entry is a map: k kind ('m' message, 'e' edit, 'd' deletion); m id; f sender; v device; t when it was stored; i the sender's own id.
-- A message has b body and, where there is something to say, c content type; x from when on it is not shown; n how often it was edited, e when last, l the rseq of that edit;
-- z when it was deleted, without a body then. A change has o the id of the message and q its rseq.
local meta, log, mids, members = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local DUPLICATE, ID_REUSED, GONE = 1, 2, 3
local known = redis.call('HMGET', meta, 'epoch', 'rseq', 'first', 'bytes')
local epoch, rseq, first, bytes = known[1], tonumber(known[2] or 0), tonumber(known[3] or 1), tonumber(known[4] or 0)

-- The log has expired as a whole.
if first <= rseq and redis.call('EXISTS', log) == 0 then
  first, bytes = rseq + 1, 0
end

local function read_entry(at)
  local packed = redis.call('HGET', log, int(at))
  return packed and cmsgpack.unpack(packed)
end

local function write_entry(at, entry)
  redis.call('HSET', log, int(at), cmsgpack.pack(entry))
end

-- A room without members goes with its log, unless it is everyone's.
local function keep_meta(retention)
  if redis.call('EXISTS', members) == 0 and redis.call('HEXISTS', meta, 'kept') == 0 then
    redis.call('PEXPIRE', meta, int(retention + day_length))
  end
end

-- The life of the log begins, if it has not. What may still lie there is of a life whose numbers nobody knows any more.
local function begin(new_epoch, retention)
  if not epoch then
    epoch = new_epoch
    redis.call('UNLINK', log, mids)
    redis.call('HSET', meta, 'epoch', epoch)
    keep_meta(retention)
  end
end

-- Somebody has seen more of this life than the store knows of: it has gone back in time, and numbers would be given out twice. The entries stay, in another life.
local function has_gone_back(seen_epoch, seen, new_epoch)
  if seen_epoch ~= epoch or seen <= rseq then
    return false
  end
  epoch = new_epoch
  redis.call('HSET', meta, 'epoch', epoch)
  return true
end

local function save()
  redis.call('HSET', meta, 'rseq', int(rseq), 'first', int(first), 'bytes', int(bytes))
end

-- The log goes a day after its last entry has become too old.
local function keep(retention)
  redis.call('PEXPIRE', log, int(retention + day_length))
  redis.call('PEXPIRE', mids, int(retention + day_length))
  keep_meta(retention)
end

-- The oldest entries, one after the other. Read ahead as far as they are too many: one call costs more than what it reads.
local function oldest(most)
  local ahead, at = {}, 0
  return function()
    if at == #ahead then
      local places = {}
      for place = first, first + math.max(0, math.min(rseq - first - most, 63)) do
        places[#places + 1] = int(place)
      end
      ahead, at = redis.call('HMGET', log, unpack(places)), 0
    end
    at = at + 1
    return ahead[at] and cmsgpack.unpack(ahead[at])
  end
end

-- Takes the oldest entries out while there are too many, or too many bytes of them, or while they are too old; the last one stays whatever its size. Nobody else is served
-- meanwhile, so an entry costs one of what is left, and more where it is large. Whether it came to the end.
local function trim(most, most_bytes, retention, left)
  local before, gone, gone_ids, is_done, next_entry = first, {}, {}, true, oldest(most)
  while first <= rseq do
    local entry = next_entry()
    local surplus = rseq - first + 1 > most or (bytes > most_bytes and first < rseq)
    if entry and not surplus and entry.t + retention > now then
      break
    end
    is_done = left > 0
    if not is_done then
      break
    end
    left = left - 1
    if entry then
      bytes = bytes - #(entry.b or '')
      left = left - #(entry.b or '') / 4096
      gone[#gone + 1], gone_ids[#gone_ids + 1] = int(first), entry.m
    end
    first = first + 1
  end
  if #gone > 0 then
    redis.call('HDEL', log, unpack(gone))
    redis.call('HDEL', mids, unpack(gone_ids))
  end
  if first > before then
    save()
  end
  return is_done
end

local function is_past(entry)
  return entry.x and entry.x <= now
end

local function shown_message(entry)
  return not entry.z and not is_past(entry) and entry or nil
end

-- What an entry shows to who has not seen it yet: the one that has its body, nil for nothing. Of several edits it is the last.
local function shown(entry, at)
  if entry.k == 'm' then
    return shown_message(entry)
  end
  if entry.k == 'd' then
    return entry
  end
  local original = read_entry(entry.q)
  return original and original.m == entry.o and original.l == at and shown_message(original) or nil
end

-- What is said of an own id that was used before. Its number may be of an earlier life, so the id at that place decides.
local function repeated(earlier, body_hash, mid)
  local first_mid, at, stored_at = string.match(string.sub(earlier, 9), '^(%S+) (%d+) (%d+)$')
  if string.sub(earlier, 1, 8) ~= body_hash then
    return {ID_REUSED, mid, 0, 0}
  end
  local entry = read_entry(at)
  local is_there = entry and entry.m == first_mid and shown(entry, tonumber(at))
  return {is_there and DUPLICATE or GONE, first_mid, tonumber(at), tonumber(stored_at)}
end
