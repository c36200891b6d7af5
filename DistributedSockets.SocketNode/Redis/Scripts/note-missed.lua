-- Leaves word for a node that hints for users may not have reached it. A node that is dead never fetches it, so it expires.
-- KEYS: 1 missed of the node
-- ARGV: users
redis.call('SADD', KEYS[1], unpack(ARGV))
redis.call('PEXPIRE', KEYS[1], 120000)
