-- A sender edits or deletes a message of theirs in a log. The change is an entry of its own and names the message; the body is in one place, the message.
-- KEYS  1 meta  2 log  3 mids  4 members  5 to 7 ids of three days in turn
-- ARGV  1 to 6 as of log-append  7 most edits of one message  8 'e' or 'd'  9 the message's id  10 the change's id  11 sender  12 device  13 body  14 content type
--       15 the sender's own id of the change  16 hash of that and of the sender  17 hash of the change
-- Returns {epoch, stored at, its rseq, or {outcome (LogOutcome), id, rseq, stored at} if it was not stored now}.
local NO_SUCH_MESSAGE, NOT_YOURS, TOO_MANY_EDITS = 4, 5, 6
local most, most_bytes, retention = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kind, message, mid, from, device, body, content, own, own_hash, body_hash = unpack(ARGV, 8, 17)
local days = {KEYS[5], KEYS[6], KEYS[7]}
begin(ARGV[1], retention)
has_gone_back(ARGV[5], tonumber(ARGV[6]), ARGV[1])
trim(most, most_bytes, retention, 256)

local function refuse(outcome)
  return {epoch, now, {outcome, mid, 0, 0}}
end

-- Where a message lies: in a row it has to be looked for.
local function place_of(mid)
  local place = tonumber(redis.call('HGET', mids, mid))
  if place and read_entry(place) and is_in_row(place) then
    for at = row.first, row.last do
      if row.values[(at - row.first) * values_in_row + 1] == mid then
        return at
      end
    end
  end
  return place
end

local earlier = recall(days, {own_hash})[own_hash]
if earlier then
  return {epoch, now, repeated(earlier, body_hash, mid)}
end
local place = place_of(message)
local original = place and read_entry(place)
if not original or original.m ~= message or original.z or is_past(original) then
  return refuse(NO_SUCH_MESSAGE)
end
if original.f ~= from then
  return refuse(NOT_YOURS)
end
if kind == 'e' and (original.n or 0) >= tonumber(ARGV[7]) then
  return refuse(TOO_MANY_EDITS)
end

if is_in_row(place) then
  take_apart()
end
rseq, bytes = rseq + 1, bytes - #original.b
if kind == 'e' then
  bytes = bytes + #body
  original.b, original.c, original.n, original.e, original.l = body, content ~= '' and content or nil, (original.n or 0) + 1, now, rseq
else
  original.b, original.c, original.z = nil, nil, now
  redis.call('HDEL', mids, message)
end
write_entry(place, original)
write_entry(rseq, {k = kind, m = mid, f = from, v = device, t = now, i = own, o = message, q = place})
remember(days, {own_hash, remembered(body_hash .. mid, rseq)})
trim(most, most_bytes, retention, 256)
save()
keep(retention)
return {epoch, now, rseq}
