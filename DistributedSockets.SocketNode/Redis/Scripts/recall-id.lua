-- Tells what is remembered of a sender's own id.
-- KEYS  1 to 3 ids of three days in turn
-- ARGV  1 hash of the id and of the sender
-- Returns '<hash of the body, 8 bytes><id> <number> <stored at>', or nil.
return recall(KEYS, {ARGV[1]})[ARGV[1]]
