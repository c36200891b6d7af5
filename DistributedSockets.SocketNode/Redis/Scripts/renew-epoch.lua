-- Gives an inbox another epoch, if it still has this one.
-- KEYS  1 meta
-- ARGV  1 the epoch that is over  2 another one
-- Returns the epoch that counts now.
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  renew(KEYS[1], ARGV[2])
end
return begun(KEYS[1], ARGV[2])
