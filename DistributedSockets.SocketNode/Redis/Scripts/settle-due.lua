-- Takes somebody off a list, or enters them for later, unless somebody has entered them anew since.
-- KEYS  1 list
-- ARGV  1 who  2 when they were due, as read  3 when to look again, or 0
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) ~= tonumber(ARGV[2]) then
  return
elseif ARGV[3] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
