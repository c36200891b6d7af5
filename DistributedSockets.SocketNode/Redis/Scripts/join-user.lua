-- First step of a join: the user wants to be in a room. What is under way or done already stays as it is; a leave that is under way is overruled.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 most rooms  3 everyone's room, which does not count
-- Returns the stamp of the join; nil when the user is in too many rooms.
local row = read_row(ARGV[1])
if not row and redis.call('HLEN', rooms) - redis.call('HEXISTS', rooms, ARGV[3]) >= tonumber(ARGV[2]) then
  return false
end
if not row or row.s == 'l' then
  row = {s = 'j', t = stamp_after(row)}
  write_row(ARGV[1], row)
end
return row.t
