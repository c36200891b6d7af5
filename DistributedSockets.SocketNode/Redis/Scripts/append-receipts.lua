-- Puts receipts into the inbox of a sender, each for a stretch of outcomes by their numbers. What lies there already is left out.
-- KEYS  1 meta  2 inbox  3 sessions  4 receipted
-- ARGV  1 the epoch, if the inbox has none  2 visit period, in ms  3 the visit that the caller has registered, or 0  4 how many visits there were when it was refused
--       5 the peer who owes  6 the life that the numbers count in  then for each stretch: first number, last number, id, body
-- Returns {'visit', by when, visits} when nothing was done, since nobody is certain to visit the user by then; {'partial', number} when nothing was done, since the numbers up
--         to there are in the inbox and end within a stretch. Else {epoch, sessions as HGETALL gives them, stored at, then for each stretch: its seq, or 0}.
-- '<life> <number>'
local life, number = string.match(redis.call('HGET', KEYS[4], ARGV[5]) or '', '^(%S+) (%d+)$')
local known = life == ARGV[6] and tonumber(number) or 0
for index = 7, #ARGV, 4 do
  if tonumber(ARGV[index]) <= known and known < tonumber(ARGV[index + 1]) then
    return {'partial', known}
  end
end
if not is_certain(KEYS[1], now + ARGV[2], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) then
  return refusal(KEYS[1], now + ARGV[2])
end

local answer = {begun(KEYS[1], ARGV[1]), redis.call('HGETALL', KEYS[3]), now}
local seq, entries = numbers(KEYS[1], 'seq', 'entries')
local stored = 0
for index = 7, #ARGV, 4 do
  if tonumber(ARGV[index + 1]) > known then
    seq, stored, known = seq + 1, stored + 1, tonumber(ARGV[index + 1])
    redis.call('XADD', KEYS[2], id(seq), 'm', ARGV[index + 2], 'f', ARGV[5], 't', int(now), 'b', ARGV[index + 3], 'k', 'r')
    answer[#answer + 1] = seq
  else
    answer[#answer + 1] = 0
  end
end
if stored > 0 then
  redis.call('HSET', KEYS[1], 'seq', int(seq), 'entries', int(entries + stored))
  redis.call('HSET', KEYS[4], ARGV[5], string.format('%s %d', ARGV[6], known))
end
return answer
