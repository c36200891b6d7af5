-- Stands before every script that may change what others see of a user, behind shared.lua and shared-hooks.lua.
-- KEYS  1 sessions  2 presence  3 watchers, and where events are wanted  4 meta  5 inbox  6 events  7 hook
-- presence: 'v' its version, 'on' 1 or 0, 'since' when that began, 'status' JSON, 'grace' until when a user without sessions still counts as online (0: nobody waits),
-- 'seen:<device>' when a device was last there.
local sessions, presence, watchers, meta, inbox, events, hook = unpack(KEYS)
local most_seen, most_waiting = 20, 100

-- {version, 1 if online, since, status or ''}
local function state()
  local v, on, since, status = unpack(redis.call('HMGET', presence, 'v', 'on', 'since', 'status'))
  return {tonumber(v or 0), tonumber(on or 0), tonumber(since or 0), status or ''}
end

-- The state, and behind it the nodes that want to hear of it.
local function announced()
  local told = state()
  for _, node in ipairs(redis.call('SMEMBERS', watchers)) do
    told[#told + 1] = node
  end
  return told
end

-- The next version lies above every one that was given out before, also where the store was wiped since or has gone back in time.
local function next_version(version)
  return int(math.max(version + 1, now))
end

-- The messages that wait for somebody who goes away; of many the newest.
local function enter_waiting(hooks)
  if not wants(hooks, 'message.stored') then
    return
  end
  local delivered, waiting = numbers(meta, 'delivered'), {}
  for _, entry in ipairs(redis.call('XREVRANGE', inbox, '+', '(' .. id(delivered), 'COUNT', most_waiting)) do
    local held = messages(entry)
    for place = #held, 1, -1 do
      waiting[#waiting + 1] = held[place]
    end
  end
  for index = math.min(#waiting, most_waiting), 1, -1 do
    local message = waiting[index]
    -- What is no message has a kind.
    if not message.k and message.seq > delivered and not (message.x and tonumber(message.x) <= now) then
      enter_stored(events, hook, hooks, message.seq, message)
    end
  end
end

local function flip(on, hooks)
  local version = next_version(numbers(presence, 'v'))
  redis.call('HSET', presence, 'v', version, 'on', on, 'since', int(now), 'grace', 0)
  enter_event(events, hook, hooks, on == 1 and 'user.online' or 'user.offline', 'v', version, 's', int(now))
  if on == 0 then
    enter_waiting(hooks)
  end
  return announced()
end

-- The user has a session now. Returns what has changed, or nil.
local function came(hooks)
  local on, grace = numbers(presence, 'on', 'grace')
  if on == 0 then
    return flip(1, hooks)
  end
  if grace ~= 0 then
    redis.call('HSET', presence, 'grace', 0)
  end
  return false
end

-- A session of the user was taken out. Who has none left is offline when the grace is over; at once where there is none. Returns what has changed, or nil.
local function went(grace, hooks)
  local on, ends = numbers(presence, 'on', 'grace')
  if on == 0 or redis.call('HLEN', sessions) > 0 then
    return false
  end
  if grace == 0 then
    return flip(0, hooks)
  end
  if ends == 0 then
    redis.call('HSET', presence, 'grace', int(now + grace))
  end
  return false
end

-- The device of that session is there no more. All plain connections are one device.
local function saw(field)
  redis.call('HSET', presence, 'seen:' .. (string.match(field, '^plain:') or field), int(now))
  -- Five fields are not devices.
  if redis.call('HLEN', presence) > most_seen + 5 then
    local oldest, gone = nil, math.huge
    local all = redis.call('HGETALL', presence)
    for index = 1, #all, 2 do
      if string.sub(all[index], 1, 5) == 'seen:' and tonumber(all[index + 1]) < gone then
        oldest, gone = all[index], tonumber(all[index + 1])
      end
    end
    redis.call('HDEL', presence, oldest)
  end
end

