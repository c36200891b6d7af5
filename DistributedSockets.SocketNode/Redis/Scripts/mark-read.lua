-- A reader has read what a sender sent, up to a seq; forward only. Owed is the last reliable message that this covers anew.
-- KEYS  1 meta  2 senders  3 reads  4 owed  5 inbox
-- ARGV  1 sender  2 seq  3 how many reliable messages are looked at, at most  4 visit period, in ms  5 the visit that the caller has registered, or 0
--       6 how many visits there were when it was refused  7 the epoch that the seq counts in, or empty
-- Returns {'visit', by when, visits} when nothing was done, since nobody is certain to visit the user by then; else {'done', whether outcomes are owed}.
local upto, left, page = tonumber(ARGV[2]), tonumber(ARGV[3]), 1
local seq = numbers(KEYS[1], 'seq')
local mark = numbers(KEYS[3], ARGV[1])
if ARGV[7] ~= '' and ARGV[7] ~= redis.call('HGET', KEYS[1], 'epoch') then
  left = 0
end

-- The last message of the sender in a row of messages, up to the mark; nil if it was another's row, or none is left of it.
local function last_in(row)
  local last, first = math.min(seq_of(row), upto), math.max(first_of(row), mark + 1)
  left = left - math.max(last - first + 1, 0)
  if fields(row).f ~= ARGV[1] then
    return nil
  end
  local entry = entry_with(KEYS[5], last) or redis.call('XREVRANGE', KEYS[5], id(last), id(first), 'COUNT', 1)[1]
  local found
  for _, message in ipairs(entry and messages(entry) or {}) do
    if message.seq >= first and message.seq <= last then
      found = message
    end
  end
  return found
end

local function read(message)
  if not is_certain(KEYS[1], now + ARGV[4], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])) then
    return refusal(KEYS[1], now + ARGV[4])
  end
  -- The mark is kept only where it spares a receipt: a reader could name thousands of senders.
  redis.call('HSET', KEYS[3], ARGV[1], int(upto))
  owe(KEYS[1], KEYS[4], 'read', ARGV[1], {message.m}, message.seq)
  return {'done', 1}
end

if upto <= seq and upto > mark and left > 0 then
  -- The row that the seq lies in may go on behind it.
  local rows = redis.call('XRANGE', KEYS[2], id(upto), '+', 'COUNT', 1)
  local last = '(' .. id(upto)
  repeat
    for _, row in ipairs(rows) do
      local message = left > 0 and last_in(row)
      if message then
        return read(message)
      end
    end
    -- Mostly it is one of the first.
    page = math.min(4 * page, left)
    rows = left > 0 and redis.call('XREVRANGE', KEYS[2], last, '(' .. id(mark), 'COUNT', page) or {}
    last = #rows > 0 and '(' .. rows[#rows][1]
  until #rows == 0
end
return {'done', redis.call('XLEN', KEYS[4]) > 0 and 1 or 0}
