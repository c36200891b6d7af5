-- Moves a device's cursor and the user's delivered mark, forward only. What the mark passes is delivered; of a reliable message that is owed to its sender.
-- KEYS  1 meta  2 inbox  3 cursors  4 resume  5 due  6 owed  7 senders
-- ARGV  1 device  2 acknowledged seq  3 most cursors  4 how many delivered messages stay at least  5 how many entries are looked at in one call
--       6 the epoch that the device counts in, or empty  7 how many messages make up one outcome, at most  8 how many outcomes are wanted
--       9 when the message there was stored that the device was sent, or 0
-- Returns {the life that outcomes count in, what is owed, from the oldest, and one more}; nil if it did not come to the end: call again; {} when nothing was moved, since what is at
--         that place was stored later: the store has gone back in time, and has given out the number once more.
local function owed_now()
  local life = redis.call('HMGET', KEYS[1], 'life', 'epoch')
  return {life[1] or life[2], redis.call('XRANGE', KEYS[6], '-', '+', 'COUNT', ARGV[8] + 1)}
end

local acknowledged, piece, most = tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[7])
local seq, delivered, bytes, done, stored = numbers(KEYS[1], 'seq', 'delivered', 'bytes', 'deliveredCount', 'entries')
if ARGV[6] ~= '' and ARGV[6] ~= redis.call('HGET', KEYS[1], 'epoch') then
  return owed_now()
end

local cursor = read_cursor(KEYS[3], ARGV[1]) or 0
if cursor > seq then
  -- From before somebody took messages away by hand.
  cursor = 0
end

-- An acknowledgement may have been on its way while another store took over, which has had other messages since. Nobody has seen these.
local stored_at, upto = tonumber(ARGV[9]), acknowledged
local function is_another(entry)
  return entry and first_of(entry) <= acknowledged and tonumber(fields(entry).t) > stored_at
end

if acknowledged <= seq and acknowledged > delivered then
  local entries = entries_between(KEYS[2], delivered, acknowledged, piece)
  if stored_at > 0 and is_another(#entries < piece and entries[#entries] or entry_with(KEYS[2], acknowledged)) then
    return {}
  end

  if #entries == piece then
    upto = math.min(seq_of(entries[piece]), acknowledged)
  end

  local add, owe_all = outcomes_of(most)
  local before = done
  for index, entry in ipairs(entries) do
    if done - before >= 4 * piece then
      upto = seq_of(entries[index - 1])
      break
    end
    for _, message in ipairs(messages(entry)) do
      if is_accounted(message) and message.seq > delivered and message.seq <= upto then
        done, bytes = done + 1, bytes - #message.b
        if message.x then
          redis.call('ZREM', KEYS[5], int(message.seq))
        end
        if message.i then
          add(message)
        end
      end
    end
  end
  owe_all(KEYS[1], KEYS[6], 'delivered', ARGV[1])

  -- Whole blocks of entries only ('~'), which costs nothing; so a few more than asked may stay.
  local first = upto - ARGV[4] + 1
  local gone = first > 1 and redis.call('XTRIM', KEYS[2], 'MINID', '~', id(first)) or 0
  redis.call('HSET', KEYS[1], 'delivered', int(upto), 'bytes', int(upto == seq and 0 or bytes), 'deliveredCount', int(done), 'entries', int(stored - gone))
  if gone > 0 then
    local head = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    local trimmed = math.min(first, head and first_of(head) or first) - 1
    redis.call('HSET', KEYS[1], 'trimmed', int(trimmed))
    redis.call('XTRIM', KEYS[7], 'MINID', id(trimmed + 1))
  end
elseif stored_at > 0 and acknowledged <= seq and acknowledged > cursor and is_another(entry_with(KEYS[2], acknowledged)) then
  return {}
end
if upto <= seq and upto > cursor then
  move_cursor(KEYS[3], KEYS[4], ARGV[1], upto, tonumber(ARGV[3]))
end
return upto == acknowledged and owed_now()
