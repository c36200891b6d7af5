-- The log of a room has begun another life: all places of the user in it are at its beginning.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 room  2 the epoch that the places were in  3 the one that counts now
-- Returns whether they were in that one.
local row = read_row(ARGV[1])
if not row or row.s ~= 'm' or row.e ~= ARGV[2] then
  return 0
end
row.e, row.m, row.r = ARGV[3], 0, 0
for device in pairs(row.d) do
  row.d[device] = 0
end
write_row(ARGV[1], row)
return 1
