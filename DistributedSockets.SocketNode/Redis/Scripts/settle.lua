-- Forgets outcomes that lie in their senders' inboxes.
-- KEYS  1 meta  2 owed
-- ARGV  1 the life that the numbers count in  then the numbers to forget
if (redis.call('HGET', KEYS[1], 'life') or redis.call('HGET', KEYS[1], 'epoch')) == ARGV[1] then
  local gone = {}
  for index = 2, #ARGV do
    gone[index - 1] = id(ARGV[index])
  end
  redis.call('XDEL', KEYS[2], unpack(gone))
end
