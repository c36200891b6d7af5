-- Takes a user off the list of graces, or enters them for later, unless somebody has entered them anew since.
-- KEYS  1 graces
-- ARGV  1 user  2 when their grace was due, as read  3 when to look again, or 0
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) ~= tonumber(ARGV[2]) then
  return
elseif ARGV[3] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
