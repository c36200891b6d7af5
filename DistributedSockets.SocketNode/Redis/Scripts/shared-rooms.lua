-- Stands before every script of a user's rooms, behind shared.lua: what they all do in the same way.
-- KEYS  1 rooms  2 cursors  3 sessions
-- A row is a map: s state ('j' about to join, 'm' member, 'l' about to leave); t the stamp of the last join or leave, which only rises; of a member e the epoch of the room's log,
-- m the highest place of any device, r the read mark, d the place of each device.
local rooms, cursors, sessions = KEYS[1], KEYS[2], KEYS[3]

local function read_row(room)
  local packed = redis.call('HGET', rooms, room)
  return packed and cmsgpack.unpack(packed)
end

local function write_row(room, row)
  redis.call('HSET', rooms, room, cmsgpack.pack(row))
end

-- In us: no two scripts run within one, so a stamp exceeds those of rows that are gone, too.
local function stamp_after(row)
  return math.max(clock[1] * 1000000 + clock[2], row and row.t + 1 or 0)
end

-- A device in a row: short, however it is called, since a user has up to 128 rows of 20 devices.
local function short(device)
  return string.sub(redis.sha1hex(device), 1, 16)
end

-- Enters a device's place. Of too many those go that have no place in the inbox any more.
local function move_place(row, device, rseq, most)
  local name, count = short(device), 0
  for _ in pairs(row.d) do
    count = count + 1
  end
  if not row.d[name] and count >= most then
    local kept = {}
    for _, known in ipairs(redis.call('HKEYS', cursors)) do
      kept[short(known)] = true
    end
    for other in pairs(row.d) do
      if not kept[other] then
        row.d[other] = nil
      end
    end
  end
  row.d[name] = rseq
end
