-- Removes a user's sessions on a dead incarnation.
-- KEYS  1 sessions
-- ARGV  1 how their values begin: '<id>#<incarnation> '
-- Returns the sessions that are left, as HGETALL gives them.
local all = redis.call('HGETALL', KEYS[1])
local left = {}
for index = 1, #all, 2 do
  if string.sub(all[index + 1], 1, #ARGV[1]) == ARGV[1] then
    redis.call('HDEL', KEYS[1], all[index])
  else
    left[#left + 1] = all[index]
    left[#left + 1] = all[index + 1]
  end
end
return left
