-- Takes events out that were accepted or given up. Nothing is left of the last one: the next is entered under a later time.
-- KEYS  1 events  2 hook
-- ARGV  their ids
redis.call('XDEL', KEYS[1], unpack(ARGV))
redis.call('HDEL', KEYS[2], 'paused')
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[1])
end
