-- Forgets outcomes that lie in their senders' inboxes.
-- KEYS  1 meta  2 owed
-- ARGV  1 the life that the number counts in  2 the last number to forget
if (redis.call('HGET', KEYS[1], 'life') or redis.call('HGET', KEYS[1], 'epoch')) == ARGV[1] then
  redis.call('XTRIM', KEYS[2], 'MINID', id(ARGV[2] + 1))
end
