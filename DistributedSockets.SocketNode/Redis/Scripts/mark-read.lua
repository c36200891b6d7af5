-- A reader has read what a sender sent, up to a seq; forward only. Owed is the last reliable message that this covers anew.
-- KEYS  1 meta  2 senders  3 reads  4 owed
-- ARGV  1 sender  2 seq  3 how many reliable messages are looked at, at most  4 visit period, in ms  5 the visit that the caller has registered, or 0
--       6 how many visits there were when it was refused  7 the epoch that the seq counts in, or empty
-- Returns {'visit', by when, visits} when nothing was done, since nobody is certain to visit the user by then; else {'done', whether outcomes are owed}.
local upto, left, page = tonumber(ARGV[2]), tonumber(ARGV[3]), 1
local seq = numbers(KEYS[1], 'seq')
local mark = numbers(KEYS[3], ARGV[1])
local last = id(upto)
if ARGV[7] ~= '' and ARGV[7] ~= redis.call('HGET', KEYS[1], 'epoch') then
  left = 0
end
while upto <= seq and upto > mark and left > 0 do
  -- Mostly it is one of the first.
  page = math.min(4 * page, left)
  local entries = redis.call('XREVRANGE', KEYS[2], last, '(' .. id(mark), 'COUNT', page)
  for _, entry in ipairs(entries) do
    local message = fields(entry)
    if message.f == ARGV[1] then
      if not is_certain(KEYS[1], now + ARGV[4], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])) then
        return refusal(KEYS[1], now + ARGV[4])
      end
      -- The mark is kept only where it spares a receipt: a reader could name thousands of senders.
      redis.call('HSET', KEYS[3], ARGV[1], int(upto))
      owe(KEYS[1], KEYS[4], 'read', seq_of(entry), message)
      return {'done', 1}
    end
  end
  left = #entries == page and left - page or 0
  last = #entries > 0 and '(' .. entries[#entries][1] or last
end
return {'done', redis.call('XLEN', KEYS[4]) > 0 and 1 or 0}
