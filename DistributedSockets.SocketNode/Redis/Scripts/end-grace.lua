-- Who has had no session for the length of the grace is offline from now on.
-- KEYS  1 sessions  2 presence  3 watchers
-- Returns {the presence as announced if the user is offline, else nil; until when they still count as online, or 0}.
local on, ends = numbers(presence, 'on', 'grace')
if redis.call('HLEN', sessions) > 0 then
  return {false, 0}
elseif on == 0 then
  -- Whoever has ended it may have died before anybody was told.
  return {announced(), 0}
elseif ends > now then
  return {false, ends}
end
return {flip(0), 0}
