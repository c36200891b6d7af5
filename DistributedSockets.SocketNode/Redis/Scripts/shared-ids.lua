-- Stands before every script that stores something once, behind shared.lua.
-- Own ids of senders, as hashes -> '<hash of the body, 8 bytes><id> <number> <stored at>', in keys of three days in turn. Of a day ago it is in the key of today or of yesterday.
local day_length = 24 * 3600 * 1000
local day = math.floor(now / day_length)

local function recall(days, own_hashes)
  local found = {}
  local new = redis.call('HMGET', days[1 + day % 3], unpack(own_hashes))
  local old = redis.call('HMGET', days[1 + (day + 2) % 3], unpack(own_hashes))
  for index, own_hash in ipairs(own_hashes) do
    found[own_hash] = new[index] or old[index]
  end
  return found
end

local function remembered(body_hash, mid, number)
  return body_hash .. string.format('%s %d %d', mid, number, now)
end

local function remember(days, remembered_ids)
  local today = days[1 + day % 3]
  redis.call('HSET', today, unpack(remembered_ids))
  -- Longer than it is asked for, and away before its turn comes again.
  redis.call('PEXPIREAT', today, int((day + 2) * day_length + day_length / 2), 'NX')
end

