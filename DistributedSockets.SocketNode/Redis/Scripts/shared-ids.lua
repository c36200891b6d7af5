-- Stands before every script that stores something once, behind shared.lua.
-- Own ids of senders, as hashes -> '<hash of the body, 8 bytes><id> <number> <stored at>', in keys of three days in turn. Of a day ago it is in the key of today or of yesterday.
local day_length = 24 * 3600 * 1000
local day, stored_now = math.floor(now / day_length), ' ' .. int(now)

-- What is remembered, and whether there is anything.
local function recall(days, own_hashes)
  local found, is_any = {}, false
  local new = redis.call('HMGET', days[1 + day % 3], unpack(own_hashes))
  local old = redis.call('HMGET', days[1 + (day + 2) % 3], unpack(own_hashes))
  for index, own_hash in ipairs(own_hashes) do
    local earlier = new[index] or old[index]
    if earlier then
      found[own_hash], is_any = earlier, true
    end
  end
  return found, is_any
end

local function remembered(body_hash_and_mid, number)
  return body_hash_and_mid .. ' ' .. int(number) .. stored_now
end

-- The key of today goes: later than it is asked for, and before its turn comes again.
local function forget_in_time(days)
  redis.call('PEXPIREAT', days[1 + day % 3], int((day + 2) * day_length + day_length / 2), 'NX')
end

local function remember(days, remembered_ids)
  redis.call('HSET', days[1 + day % 3], unpack(remembered_ids))
  forget_in_time(days)
end

