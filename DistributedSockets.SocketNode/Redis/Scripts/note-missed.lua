-- Leaves word for a node that hints for users, or changes of their presence, may not have reached it. A node that is dead never fetches it, so it expires.
-- KEYS: 1 missed or unseen of the node
-- ARGV: users
redis.call('SADD', KEYS[1], unpack(ARGV))
redis.call('PEXPIRE', KEYS[1], 120000)
