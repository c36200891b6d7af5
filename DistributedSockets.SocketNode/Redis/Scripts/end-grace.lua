-- Who has had no session for the length of the grace is offline from now on.
-- KEYS  as shared-presence.lua has them
-- ARGV  1 events that are wanted
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
return {flip(0, ARGV[1]), 0}
