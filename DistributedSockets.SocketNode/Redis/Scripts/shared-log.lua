-- Stands before every script of the log of a room or of a conversation (which has no members), behind shared.lua and shared-ids.lua: what they all do in the same way.
-- KEYS  1 meta  2 log  3 mids  4 members
-- An entry is a map: k kind ('m' message, 'e' edit, 'd' deletion); m id; f sender; v device; t when it was stored; i the sender's own id.
-- A message has b body and, where there is something to say, c content type; x from when on it is not shown; n how often it was edited, e when last, l the rseq of that edit;
-- z when it was deleted, without a body then. A change has o the id of the message and q its rseq.
-- A row is messages of one sender, each with an rseq of its own (MessageRow.cs): where the last of them lies stands the row, where the first, its index, and nothing between. In mids
-- they all have the row's place. Lua computes a hash over all of every string that it gets: what is long is not packed again, and who only takes a row out reads the index.
-- `index` in meta is where that of the row lies that `first` has come into, or 0.
local meta, log, mids, members = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local DUPLICATE, ID_REUSED, GONE = 1, 2, 3
local most_in_row, values_in_row = 64, 4
local known = redis.call('HMGET', meta, 'epoch', 'rseq', 'first', 'bytes', 'index')
local epoch, rseq, first, bytes, index_place = known[1], tonumber(known[2] or 0), tonumber(known[3] or 1), tonumber(known[4] or 0), tonumber(known[5] or 0)

-- The log has expired as a whole.
if first <= rseq and redis.call('EXISTS', log) == 0 then
  first, bytes, index_place = rseq + 1, 0, 0
end

-- What stands at a place, taken apart: an entry, a row or an index.
local function read(place)
  local packed = redis.call('HGET', log, int(place))
  return packed and cmsgpack.unpack(packed)
end

-- Of an index: how many messages, when they were stored, sender, device, and for each its id and the length of its body.
local function is_index(found)
  return type(found[1]) == 'number'
end

-- The row that was read last.
local row

local function open_row(last, values, index)
  local row_first = last - #values / values_in_row + 1
  local _, t, from, device = unpack(index or read(row_first), 1, 4)
  row = {first = row_first, last = last, values = values, t = t, f = from, v = device}
end

local function is_in_row(at)
  return row and row.first <= at and at <= row.last
end

-- A message of the row as an entry of its own.
local function entry_of(at)
  local before = (at - row.first) * values_in_row
  local mid, own, content, body = unpack(row.values, before + 1, before + values_in_row)
  return {k = 'm', m = mid, f = row.f, v = row.v, t = row.t, i = own, b = body, c = content ~= '' and content or nil}
end

-- Where the row ends that a place lies in: at the next one where there is something.
local function end_of_row(at)
  for last = at + 1, math.min(at + most_in_row - 1, rseq) do
    if redis.call('HEXISTS', log, int(last)) == 1 then
      return last
    end
  end
end

-- The entry at a place, which may be of a row; found is what stands there.
local function to_entry(at, found)
  if not is_in_row(at) then
    if found and found.k then
      return found
    end
    if found and not is_index(found) then
      open_row(at, found)
    else
      local last = found and at + found[1] - 1 or end_of_row(at)
      local values = last and read(last)
      if values and not values.k and not is_index(values) then
        open_row(last, values, found)
      end
    end
  end
  return is_in_row(at) and entry_of(at) or nil
end

local function read_entry(at)
  return at >= first and to_entry(at, read(at)) or nil
end

local function write_entry(at, entry)
  redis.call('HSET', log, int(at), cmsgpack.pack(entry))
end

-- Makes entries of what is left of the row that was read last: one of them is about to change.
local function take_apart()
  local entries, places = {}, {}
  for at = math.max(row.first, first), row.last do
    local entry = entry_of(at)
    entries[#entries + 1], entries[#entries + 2] = int(at), cmsgpack.pack(entry)
    places[#places + 1], places[#places + 2] = entry.m, int(at)
  end
  if index_place > 0 and index_place == row.first then
    redis.call('HDEL', log, int(index_place))
    index_place = 0
  end
  redis.call('HSET', log, unpack(entries))
  redis.call('HSET', mids, unpack(places))
  row = nil
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
  if index_place ~= tonumber(known[5] or 0) then
    redis.call('HSET', meta, 'index', int(index_place))
    known[5] = index_place
  end
end

-- The log goes a day after its last entry has become too old.
local function keep(retention)
  redis.call('PEXPIRE', log, int(retention + day_length))
  redis.call('PEXPIRE', mids, int(retention + day_length))
  keep_meta(retention)
end

-- What lies at `first`, one after the other: an entry, or of a row its index, and from where to where; both have t. Entries are read ahead as far as they are too many: one call costs
-- more than what it reads. Not so behind a row, or where nothing is known yet: of a row all places but two would be looked for in vain.
local function oldest(most)
  local ahead, at, many, found = {}, 0, 1, nil
  return function()
    if found and found.index and first <= found.last then
      return found
    end
    if at == #ahead then
      local places, from = {}, index_place > 0 and index_place or first
      for place = from, from + math.max(0, math.min(rseq - first - most, many - 1)) do
        places[#places + 1] = int(place)
      end
      ahead, at, many = redis.call('HMGET', log, unpack(places)), 0, 64
    end
    at = at + 1
    found = ahead[at] and cmsgpack.unpack(ahead[at])
    if found and is_index(found) then
      local place = index_place > 0 and index_place or first
      found = {index = found, t = found[2], place = place, last = place + found[1] - 1}
      ahead, at, many, index_place = {}, 0, 1, 0
    end
    return found
  end
end

-- Takes the oldest entries out while there are too many, or too many bytes of them, or while they are too old; the last one stays whatever its size. Nobody else is served
-- meanwhile, so an entry costs one of what is left, and more where it is large. Whether it came to the end.
local function trim(most, most_bytes, retention, left)
  local before, gone, gone_ids, is_done, next_entry, entry = first, {}, {}, true, oldest(most), nil
  while first <= rseq do
    entry = next_entry()
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
      local mid, size
      if entry.index then
        mid, size = unpack(entry.index, 5 + 2 * (first - entry.place), 6 + 2 * (first - entry.place))
        if first == entry.last then
          gone[#gone + 1], gone[#gone + 2] = int(entry.place), int(first)
        end
      else
        mid, size = entry.m, #(entry.b or '')
        gone[#gone + 1] = int(first)
      end
      bytes, left = bytes - size, left - size / 4096
      gone_ids[#gone_ids + 1] = mid
    end
    first = first + 1
  end
  index_place = entry and entry.index and entry.place < first and first <= entry.last and entry.place or 0
  if #gone > 0 then
    redis.call('HDEL', log, unpack(gone))
  end
  if #gone_ids > 0 then
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
  local entry = read_entry(tonumber(at))
  local is_there = entry and entry.m == first_mid and shown(entry, tonumber(at))
  return {is_there and DUPLICATE or GONE, first_mid, tonumber(at), tonumber(stored_at)}
end
