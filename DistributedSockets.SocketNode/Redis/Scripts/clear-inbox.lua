-- Takes messages out of an inbox that no device has acknowledged: each ends as failed, and of a reliable one that is owed to its sender. A visit is certain while one is there.
-- KEYS  1 meta  2 inbox  3 due  4 owed  5 senders
-- ARGV  1 behind which seq  2 up to which; 0: up to the end  3 how many entries are looked at in one call, at most  4 how many messages make up one outcome, at most
-- Returns {how many were taken out, up to which seq that was, up to which it is to go on}.
local piece, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local seq, delivered, bytes, failed, kept = numbers(KEYS[1], 'seq', 'delivered', 'bytes', 'failed', 'entries')
local upto = ARGV[2] == '0' and seq or tonumber(ARGV[2])
local after = math.max(delivered, tonumber(ARGV[1]))
local entries = after < upto and redis.call('XRANGE', KEYS[2], '(' .. id(after), id(upto), 'COUNT', piece) or {}
after = #entries == piece and seq_of(entries[piece]) or upto

-- The outcomes of each sender, in the order in which the senders come.
local removed, outcomes, of_sender = 0, {}, {}
for _, entry in ipairs(entries) do
  local message = fields(entry)
  if is_accounted(message) then
    redis.call('XDEL', KEYS[2], entry[1])
    removed, bytes = removed + 1, bytes - #message.b
    if message.x then
      redis.call('ZREM', KEYS[3], int(seq_of(entry)))
    end
    if message.i then
      local outcome = of_sender[message.f]
      if not outcome or #outcome.ids == most then
        outcome = {sender = message.f, ids = {}}
        outcomes[#outcomes + 1], of_sender[message.f] = outcome, outcome
      end
      outcome.ids[#outcome.ids + 1], outcome.last = message.m, entry
    end
  end
end
for _, outcome in ipairs(outcomes) do
  owe(KEYS[1], KEYS[4], 'failed', outcome.sender, outcome.ids, seq_of(outcome.last))
end

if removed > 0 then
  redis.call('HSET', KEYS[1], 'bytes', int(bytes), 'failed', int(failed + removed), 'entries', int(kept - removed))
  -- A row of senders goes with the last of its messages. An empty stream goes with the next visit.
  local head = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  redis.call('XTRIM', KEYS[5], 'MINID', head and head[1] or id(after + 1))
end
return {removed, after, upto}
