-- Removes a user's sessions on a dead incarnation.
-- KEYS  as shared-presence.lua has them
-- ARGV  1 how their values begin: '<id>#<incarnation> '  2 events that are wanted
-- Returns {the sessions that are left, as HGETALL gives them, the change of presence as announced or nil}.
local all = redis.call('HGETALL', sessions)
local left = {}
for index = 1, #all, 2 do
  if string.sub(all[index + 1], 1, #ARGV[1]) == ARGV[1] then
    redis.call('HDEL', sessions, all[index])
    saw(all[index])
  else
    left[#left + 1] = all[index]
    left[#left + 1] = all[index + 1]
  end
end

local change = false
if #left == 0 then
  local on, grace = numbers(presence, 'on', 'grace')
  if on == 0 then
    -- Whoever has reaped before may have died before anybody was told.
    change = announced()
  elseif grace == 0 then
    change = flip(0, ARGV[2])
  end
end
return {left, change}
