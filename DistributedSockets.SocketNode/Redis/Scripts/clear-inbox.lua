-- Takes messages out of an inbox that no device has acknowledged: each ends as failed, and of a reliable one that is owed to its sender. A visit is certain while one is there.
-- KEYS  1 meta  2 inbox  3 due  4 owed  5 senders
-- ARGV  1 behind which seq  2 up to which; 0: up to the end  3 how many entries are looked at in one call, at most  4 how many messages make up one outcome, at most
-- Returns {how many were taken out, up to which seq that was, up to which it is to go on}.
local piece, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local seq, delivered, bytes, failed, kept = numbers(KEYS[1], 'seq', 'delivered', 'bytes', 'failed', 'entries')
local upto = ARGV[2] == '0' and seq or tonumber(ARGV[2])
local after = math.max(delivered, tonumber(ARGV[1]))
local entries = after < upto and entries_between(KEYS[2], after, upto, piece) or {}
after = #entries == piece and seq_of(entries[piece]) or upto

-- An entry goes as a whole, also where a part of it was delivered: a stream takes nothing in between.
local removed, gone = 0, 0
local add, owe_all = outcomes_of(most)
for _, entry in ipairs(entries) do
  for place, message in ipairs(messages(entry)) do
    if is_accounted(message) then
      if place == 1 then
        gone = gone + redis.call('XDEL', KEYS[2], entry[1])
      end
      if message.x then
        redis.call('ZREM', KEYS[3], int(message.seq))
      end
      if message.seq > delivered then
        removed, bytes = removed + 1, bytes - #message.b
        if message.i then
          add(message)
        end
      end
    end
  end
end
owe_all(KEYS[1], KEYS[4], 'failed')

if removed > 0 then
  redis.call('HSET', KEYS[1], 'bytes', int(bytes), 'failed', int(failed + removed), 'entries', int(kept - gone))
  -- A row of senders goes with the last of its messages. An empty stream goes with the next visit.
  local head = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  redis.call('XTRIM', KEYS[5], 'MINID', head and head[1] or id(after + 1))
end
return {removed, after, upto}
