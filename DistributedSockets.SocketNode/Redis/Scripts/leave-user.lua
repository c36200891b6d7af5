-- First step of a leave: the user wants to be out of a room, and is no member any more as far as connections are concerned.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room
-- Returns {stamp of the leave, whether the user was a member, sessions as HGETALL gives them}.
local row = read_row(ARGV[1])
local was_member = row and row.s == 'm'
local stamp = stamp_after(row)
if row then
  stamp = row.s == 'l' and row.t or stamp
  write_row(ARGV[1], {s = 'l', t = stamp})
end
return {stamp, was_member and 1 or 0, redis.call('HGETALL', sessions)}
