-- Enters messages of one sender into the log of a conversation. They lie in the recipient's inbox, and what is owed for them has numbers there: what was entered before is known by them.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 the epoch, if the log begins  2 most entries  3 most bytes of bodies  4 how long an entry is kept, in ms  5 the recipient  6 the life that the numbers count in
--       then for each row and for each message that stands alone: the number of its outcome, how many messages it is, then
--       of more than one: the index of the row and the row, as shared-log.lua describes them
--       of one: id, sender, device, ms until it is not shown any more (0: as long as it is kept), body, content type, the sender's own id, when it was stored
local mark = 'in:' .. ARGV[5]
begin(ARGV[1], tonumber(ARGV[4]))

-- '<life> <number>'
local life, number = string.match(redis.call('HGET', meta, mark) or '', '^(%S+) (%d+)$')
local before = life == ARGV[6] and tonumber(number) or 0
local last, entries, places, next_value, start = before, {}, {}, 7, rseq
while next_value < #ARGV do
  local outcome, count, value = tonumber(ARGV[next_value]), tonumber(ARGV[next_value + 1]), next_value + 2
  next_value = value + (count == 1 and 8 or 2)
  if outcome > before then
    rseq, last = rseq + count, outcome
    local place = int(rseq)
    if count == 1 then
      local mid, from, device, ttl, body, content, own, at = unpack(ARGV, value, value + 7)
      bytes = bytes + #body
      entries[#entries + 1], entries[#entries + 2] = place, cmsgpack.pack({
        k = 'm', m = mid, f = from, v = device, t = tonumber(at), i = own, b = body,
        c = content ~= '' and content or nil,
        x = tonumber(ttl) > 0 and at + ttl or nil,
      })
      places[#places + 1], places[#places + 2] = mid, place
    else
      local index, next = cmsgpack.unpack(ARGV[value]), #places + 1
      entries[#entries + 1], entries[#entries + 2] = int(rseq - count + 1), ARGV[value]
      entries[#entries + 1], entries[#entries + 2] = place, ARGV[value + 1]
      for of_message = 5, #index, 2 do
        places[next], places[next + 1] = index[of_message], place
        bytes, next = bytes + index[of_message + 1], next + 2
      end
    end
  end
end

if #entries > 0 then
  redis.call('HSET', log, unpack(entries))
  redis.call('HSET', mids, unpack(places))
  redis.call('HSET', meta, mark, string.format('%s %d', ARGV[6], last))
  trim(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), 256 + rseq - start)
  save()
  keep(tonumber(ARGV[4]))
end
