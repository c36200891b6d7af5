-- Puts what a user owes a sender into the inbox of the sender, each stretch of outcomes by their numbers: a receipt, or copies. What lies there already is left out.
-- KEYS  1 meta  2 inbox  3 sessions  4 receipted
-- ARGV  1 the epoch, if the inbox has none  2 visit period, in ms  3 the visit that the caller has registered, or 0  4 how many visits there were when it was refused
--       5 the peer who owes  6 the life that the numbers count in
--       then for each stretch: first number, last number, how many entries, and for each of these: how many fields and values, and these (StoredEnvelope.cs), but for the time
-- Returns {'visit', by when, visits} when nothing was done, since nobody is certain to visit the user by then; {'partial', number} when nothing was done, since the numbers up
--         to there are in the inbox and end within a stretch. Else {epoch, sessions as HGETALL gives them, stored at, then for each entry: its seq, or 0}.
-- '<life> <number>'
local life, number = string.match(redis.call('HGET', KEYS[4], ARGV[5]) or '', '^(%S+) (%d+)$')
local known = life == ARGV[6] and tonumber(number) or 0

-- Calls do_stretch with first and last number, and a list of entries, each a list of fields and values.
local function each_stretch(do_stretch)
  local index = 7
  while index <= #ARGV do
    local first, last, count, entries = tonumber(ARGV[index]), tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2]), {}
    index = index + 3
    for _ = 1, count do
      local size = tonumber(ARGV[index])
      entries[#entries + 1] = {unpack(ARGV, index + 1, index + size)}
      index = index + 1 + size
    end
    if do_stretch(first, last, entries) then
      return true
    end
  end
  return false
end

if each_stretch(function(first, last) return first <= known and known < last end) then
  return {'partial', known}
end
if not is_certain(KEYS[1], now + ARGV[2], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) then
  return refusal(KEYS[1], now + ARGV[2])
end

local answer = {begun(KEYS[1], ARGV[1]), redis.call('HGETALL', KEYS[3]), now}
local seq, kept = numbers(KEYS[1], 'seq', 'entries')
local before = known
each_stretch(function(_, last, entries)
  local is_new = last > known
  for _, entry in ipairs(entries) do
    if is_new then
      seq, kept = seq + 1, kept + 1
      redis.call('XADD', KEYS[2], id(seq), 't', int(now), unpack(entry))
    end
    answer[#answer + 1] = is_new and seq or 0
  end
  known = math.max(known, last)
end)
if known > before then
  redis.call('HSET', KEYS[1], 'seq', int(seq), 'entries', int(kept))
  redis.call('HSET', KEYS[4], ARGV[5], string.format('%s %d', ARGV[6], known))
end
return answer
