-- The rooms of a user. A device that has no place in one gets it now, where any device of the user has come to: another one that goes on must not take it along.
-- KEYS  1 rooms  2 cursors  3 sessions
-- ARGV  1 device, or empty  2 most devices
-- Returns for each row: room, state, stamp, and of a member epoch, place, read mark (else '', 0, 0).
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
