-- Enters a user's next visit, unless somebody has entered an earlier one since the visit was read, and the user's counters into the totals.
-- KEYS  1 visits  2 ledger
-- ARGV  1 user  2 by when the visit was wanted, as read  3 by when the next one is, or 0
--       4 accepted  5 delivered  6 expired  7 failed  8 pending
local present, wanted = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or nil), tonumber(ARGV[3])
if wanted == 0 then
  -- Who has registered meanwhile has entered a later time than was read: it must stay.
  if present == tonumber(ARGV[2]) then
    redis.call('ZREM', KEYS[1], ARGV[1])
  end
elseif not present or present == tonumber(ARGV[2]) or present > wanted then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end

-- Absolute counters make up the totals: entering them twice changes nothing. 'user:<user>' -> '<accepted> <delivered> <expired> <failed> <pending>'
local names, last, field = {'accepted', 'delivered', 'expired', 'failed', 'pending'}, {}, 'user:' .. ARGV[1]
for number in string.gmatch(redis.call('HGET', KEYS[2], field) or '', '%-?%d+') do
  last[#last + 1] = tonumber(number)
end
for index, name in ipairs(names) do
  local change = tonumber(ARGV[index + 3]) - (last[index] or 0)
  if change ~= 0 then
    redis.call('HINCRBY', KEYS[2], name, int(change))
  end
end
redis.call('HSET', KEYS[2], field, table.concat(ARGV, ' ', 4, 8))
