-- Moves a device's place in a room, forward only.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 epoch that the place counts in  3 rseq  4 device  5 most devices
-- Returns whether it has moved.
local row, rseq = read_row(ARGV[1]), tonumber(ARGV[3])
if not row or row.s ~= 'm' or row.e ~= ARGV[2] or rseq <= (row.d[short(ARGV[4])] or row.m) then
  return 0
end
move_place(row, ARGV[4], rseq, tonumber(ARGV[5]))
row.m = math.max(row.m, rseq)
write_row(ARGV[1], row)
return 1
