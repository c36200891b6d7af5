-- Third step of a join: the user is a member, and every device that has a place in the inbox has one in the room, at the end of its log.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 stamp of the join  3 epoch and 4 rseq of the room's log
-- Returns {whether the user is a member now, sessions as HGETALL gives them}. Who is not has left meanwhile.
local row = read_row(ARGV[1])
local is_member = row and row.s ~= 'l'
if is_member and row.s == 'j' and row.t == tonumber(ARGV[2]) then
  local rseq = tonumber(ARGV[4])
  row = {s = 'm', t = row.t, e = ARGV[3], m = rseq, r = rseq, d = {}}
  for _, device in ipairs(redis.call('HKEYS', cursors)) do
    row.d[short(device)] = rseq
  end
  write_row(ARGV[1], row)
end
return {is_member and 1 or 0, redis.call('HGETALL', sessions)}
