-- A node wants to hear of a user from now on.
-- KEYS  1 sessions  2 presence  3 watchers
-- ARGV  1 node  2 the version that it knows, or 0
-- Returns the state.
redis.call('SADD', watchers, ARGV[1])
local known = tonumber(ARGV[2])
if numbers(presence, 'v') < known then
  -- The store was wiped or has gone back in time: to those who know more, what it tells now would look old.
  redis.call('HSET', presence, 'v', next_version(known))
end
return state()
