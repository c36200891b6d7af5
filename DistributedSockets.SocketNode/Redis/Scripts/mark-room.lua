-- Moves a user's read mark in a room, forward only.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 epoch that the mark counts in  3 rseq
-- Returns the sessions as HGETALL gives them when it has moved, else nil.
local row, rseq = read_row(ARGV[1]), tonumber(ARGV[3])
if not row or row.s ~= 'm' or row.e ~= ARGV[2] or rseq <= row.r then
  return false
end
row.r = rseq
write_row(ARGV[1], row)
return redis.call('HGETALL', sessions)
