-- Stands before every script that may enter an event for the application's back end, behind shared.lua.
-- What is wanted is one argument: '' for nothing; else how many events of one user or room may wait, for how long, in ms, and of which types, with 'body' for messages with their
-- bodies: '1000 172800000 user.online message.stored body'.
-- events: stream, each under the time at which it was entered, as HookCodec.cs reads them. hook: hash: 'lost', how many have gone since too many waited, until somebody counts
-- them; 'paused', until when nothing is posted.

local function wants(hooks, what)
  return string.find(hooks, ' ' .. what, 1, true) ~= nil
end

-- Of too many the oldest goes.
local function enter_event(events, hook, hooks, type, ...)
  if not wants(hooks, type) then
    return
  end
  local most, kept = string.match(hooks, '^(%d+) (%d+)')
  redis.call('XADD', events, '*', 'k', type, ...)
  redis.call('PEXPIRE', events, kept)
  local lost = redis.call('XTRIM', events, 'MAXLEN', most)
  if lost > 0 then
    redis.call('HINCRBY', hook, 'lost', lost)
    redis.call('PEXPIRE', hook, kept)
  end
end

-- A message lies in the inbox of somebody who is away. Of its entry are needed m, f, t, b, and c where it has one.
local function enter_stored(events, hook, hooks, seq, entry)
  local more = {}
  if entry.c then
    more = {'c', entry.c}
  end
  if wants(hooks, 'body') then
    more[#more + 1] = 'b'
    more[#more + 1] = entry.b
  end
  enter_event(events, hook, hooks, 'message.stored', 'm', entry.m, 'f', entry.f, 'q', int(seq), 't', entry.t, unpack(more))
end
