-- Enters a user for a visit. What was entered for earlier stays, if it lies far enough ahead that nobody can have come for it yet.
-- KEYS  1 visits
-- ARGV  1 user  2 by when
-- Returns by when the user is entered.
local present = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if present > now + margin and present <= tonumber(ARGV[2]) then
  return present
end

local wanted = math.max(tonumber(ARGV[2]), now + 2 * margin)
redis.call('ZADD', KEYS[1], int(wanted), ARGV[1])
return wanted
