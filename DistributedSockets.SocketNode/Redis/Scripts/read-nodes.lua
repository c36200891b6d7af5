-- The living incarnations.
-- KEYS  1 alive  2 info
-- Returns {Redis' time in ms, member, what it told or nil, member, ...}.
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local answer = {now}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
  answer[#answer + 1] = member
  answer[#answer + 1] = redis.call('HGET', KEYS[2], member)
end
return answer
