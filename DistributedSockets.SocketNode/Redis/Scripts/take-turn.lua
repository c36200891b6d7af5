-- Takes or prolongs the turn to visit, and finds whose time has come.
-- KEYS  1 turn  2 visits
-- ARGV  1 who asks: <id>#<incarnation>  2 length of the turn, in ms  3 most users
-- Returns {user, by when, user, …}, or nil when it is somebody else's turn.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return nil
end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', int(now), 'WITHSCORES', 'LIMIT', 0, ARGV[3])
