-- Last step of a leave, or the end of a join that found the room full: the row goes, unless the user has joined anew since.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 stamp of the leave or join
local row = read_row(ARGV[1])
if row and row.s ~= 'm' and row.t == tonumber(ARGV[2]) then
  redis.call('HDEL', rooms, ARGV[1])
end
return redis.status_reply('OK')
