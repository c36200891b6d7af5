-- Stands before every script of an inbox: what they all do in the same way.
-- A visit has to be this much ahead to be relied on (no visitor can have taken it off the list by then), and may be this much later than wanted, in ms.
local margin, slack = 250, 1000
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Lua would write 1e14.
local function int(number)
  return string.format('%d', number)
end

local function id(seq)
  return string.format('0-%d', seq)
end

local function seq_of(entry)
  return tonumber(string.sub(entry[1], 3))
end

-- The fields of a stream's entry by their names; of an inbox: StoredEnvelope.cs.
local function fields(entry)
  local named = {}
  for index = 1, #entry[2], 2 do
    named[entry[2][index]] = entry[2][index + 1]
  end
  return named
end

-- The first of the messages that an entry of an inbox holds.
local function first_of(entry)
  return seq_of(entry) - (fields(entry).n or 1) + 1
end

-- The messages that an entry of an inbox holds, in their order, each as the fields of one that stands alone, and its seq. A row: MessageRow.cs.
local function messages(entry)
  local message = fields(entry)
  message.seq = seq_of(entry)
  if not message.r then
    return {message}
  end
  local row, all = cmsgpack.unpack(message.r), {}
  local before = message.seq - #row / 4
  for place = 1, #row / 4 do
    local last = 4 * place
    all[place] = {
      seq = before + place, f = message.f, t = message.t, m = row[last - 3], i = row[last - 2], c = row[last - 1] ~= '' and row[last - 1] or nil, b = row[last],
    }
  end
  return all
end

-- The entry of an inbox that holds a message, or nil.
local function entry_with(inbox, seq)
  local entry = redis.call('XRANGE', inbox, id(seq), '+', 'COUNT', 1)[1]
  return entry and first_of(entry) <= seq and entry or nil
end

-- The entries with the messages behind a seq and up to another one, at most so many. What of the first and of the last one lies beyond is none of these.
local function entries_between(inbox, after, upto, most)
  local entries = redis.call('XRANGE', inbox, '(' .. id(after), id(upto), 'COUNT', most)
  local last = entries[#entries]
  if #entries < most and not (last and seq_of(last) == upto) then
    entries[#entries + 1] = entry_with(inbox, upto)
  end
  return entries
end

-- Whether the inbox has to account for a message: it was sent to the user. Receipts, and copies of what the user has sent, come on top.
local function is_accounted(message)
  return message.k ~= 'r' and not message.y
end

-- Fields of a hash as numbers; what is absent is 0.
local function numbers(key, ...)
  local values = redis.call('HMGET', key, ...)
  for index = 1, #values do
    values[index] = tonumber(values[index] or 0)
  end
  return unpack(values)
end

-- Enters an outcome of a sender's messages that is owed to them: the ids, and the seq of the last.
local function owe(meta, owed, state, sender, ids, seq, device)
  local number = id(redis.call('HINCRBY', meta, 'owed', 1))
  local outcome = {'s', state, 'f', sender, 'm', table.concat(ids, ' '), 'q', int(seq), 't', int(now), device and 'd', device}
  redis.call('XADD', owed, number, unpack(outcome))
end

-- Collects the outcomes of each sender, in the order in which the senders come, each with so many messages at most. Returns what takes a message, and what enters them all as owed.
local function outcomes_of(most)
  local outcomes, of_sender = {}, {}
  local function add(message)
    local outcome = of_sender[message.f]
    if not outcome or #outcome.ids == most then
      outcome = {sender = message.f, ids = {}}
      outcomes[#outcomes + 1], of_sender[message.f] = outcome, outcome
    end
    outcome.ids[#outcome.ids + 1], outcome.seq = message.m, message.seq
  end
  local function owe_all(meta, owed, state, device)
    for _, outcome in ipairs(outcomes) do
      owe(meta, owed, state, outcome.sender, outcome.ids, outcome.seq, device)
    end
  end
  return add, owe_all
end

-- Whether a visit by then is one that one can rely on. An entry that nobody has come for in ten periods may be lost.
local function is_in_time(visit, needed, period)
  return visit <= needed + slack and visit > now - 10 * period
end

-- Whether the user is certain to be visited by then; enters the visit that the caller has registered, unless somebody was there since the caller was refused: they came for
-- an earlier one that was entered in its place, and are about to take that off.
local function is_certain(meta, needed, period, registered, visits)
  if registered > now + margin and visits == numbers(meta, 'visits') then
    redis.call('HSET', meta, 'visit', int(registered))
    return true
  end
  return is_in_time(numbers(meta, 'visit'), needed, period)
end

-- What a caller is told to whom no visit is certain: by when one is needed, and how many there were.
local function refusal(meta, needed)
  return {'visit', needed, (numbers(meta, 'visits'))}
end

-- The life of the inbox; begins it if need be.
local function begun(meta, epoch)
  redis.call('HSETNX', meta, 'epoch', epoch)
  return redis.call('HGET', meta, 'epoch')
end

-- The inbox gets another epoch. Its outcomes stay in the life that they are numbered in: what has crossed to a sender must not cross again as something else. The store may
-- have gone back in time, so the numbers go on beyond all that it can have given out and forgotten.
local function renew(meta, epoch)
  redis.call('HSETNX', meta, 'life', redis.call('HGET', meta, 'epoch'))
  redis.call('HSET', meta, 'epoch', epoch, 'owed', int(math.max(numbers(meta, 'owed'), now * 1000)))
end

-- Enters a cursor, '<seq> <when it moved, in us>'. Of too many the one goes that has not moved for longest.
local function move_cursor(cursors, resume, device, seq, most)
  redis.call('HSET', cursors, device, string.format('%d %d', seq, clock[1] * 1000000 + clock[2]))
  if redis.call('HLEN', cursors) > most then
    local oldest, moved = nil, math.huge
    local all = redis.call('HGETALL', cursors)
    for index = 1, #all, 2 do
      local at = tonumber(string.match(all[index + 1], '%d+$'))
      if at < moved then
        oldest, moved = all[index], at
      end
    end
    redis.call('HDEL', cursors, oldest)
    redis.call('HDEL', resume, oldest)
  end
end

local function read_cursor(cursors, device)
  local cursor = redis.call('HGET', cursors, device)
  return cursor and tonumber(string.match(cursor, '^%d+'))
end
