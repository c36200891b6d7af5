-- The rooms of a user. A device that has no place in one gets it now, where any device of the user has come to: another one that goes on must not take it along.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 device, or empty  2 most devices  3 everyone's room, if the device is to begin in it, or empty  4 the epoch and 5 the rseq where its log ends
-- Returns for each row: room, state, stamp, and of a member epoch, place, read mark (else '', 0, 0).
if ARGV[3] ~= '' then
  -- Nobody has joined it: the row is made here, and a device that was not seen before starts at the end whatever others have acknowledged.
  local row, rseq = read_row(ARGV[3]), tonumber(ARGV[5])
  row = row or {s = 'm', t = stamp_after(nil), e = ARGV[4], m = rseq, r = rseq, d = {}}
  if row.e == ARGV[4] and not row.d[short(ARGV[1])] then
    move_place(row, ARGV[1], rseq, tonumber(ARGV[2]))
    write_row(ARGV[3], row)
  end
end
local answer = {}
local all = redis.call('HGETALL', rooms)
for index = 1, #all, 2 do
  local room, row = all[index], cmsgpack.unpack(all[index + 1])
  local place = row.m
  if row.s == 'm' and ARGV[1] ~= '' then
    place = row.d[short(ARGV[1])]
    if not place then
      place = row.m
      move_place(row, ARGV[1], place, tonumber(ARGV[2]))
      write_row(room, row)
    end
  end
  for _, value in ipairs({room, row.s, row.t, row.e or '', place or 0, row.r or 0}) do
    answer[#answer + 1] = value
  end
end
return answer
