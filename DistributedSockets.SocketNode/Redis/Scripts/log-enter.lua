-- Enters messages of one sender into the log of a conversation. They lie in the recipient's inbox, and what is owed for them has numbers there: what was entered before is known by them.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 the epoch, if the log begins  2 most entries  3 most bytes of bodies  4 how long an entry is kept, in ms  5 the recipient  6 the life that the numbers count in
--       then for each message: the number of its outcome, id, sender, device, ms until it is not shown any more (0: as long as it is kept), body, content type, the sender's own id,
--       when it was stored
local leading, per_message = 6, 9
local mark = 'in:' .. ARGV[5]
begin(ARGV[1], tonumber(ARGV[4]))

-- '<life> <number>'
local life, number = string.match(redis.call('HGET', meta, mark) or '', '^(%S+) (%d+)$')
local before = life == ARGV[6] and tonumber(number) or 0
local last, entries, places = before, {}, {}
for index = leading + 1, #ARGV, per_message do
  local outcome = tonumber(ARGV[index])
  if outcome > before then
    local mid, from, device, ttl, body, content, own, at = unpack(ARGV, index + 1, index + per_message - 1)
    rseq, bytes, last = rseq + 1, bytes + #body, outcome
    local place, next = int(rseq), #entries + 1
    entries[next], entries[next + 1] = place, cmsgpack.pack({
      k = 'm', m = mid, f = from, v = device, t = tonumber(at), i = own, b = body,
      c = content ~= '' and content or nil,
      x = tonumber(ttl) > 0 and at + ttl or nil,
    })
    places[next], places[next + 1] = mid, place
  end
end

if #entries > 0 then
  redis.call('HSET', log, unpack(entries))
  redis.call('HSET', mids, unpack(places))
  redis.call('HSET', meta, mark, string.format('%s %d', ARGV[6], last))
  trim(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), 256 + #entries / 2)
  save()
  keep(tonumber(ARGV[4]))
end
