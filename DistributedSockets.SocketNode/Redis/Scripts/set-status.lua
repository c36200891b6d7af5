-- Sets a user's status.
-- KEYS  1 sessions  2 presence  3 watchers
-- ARGV  1 status, or empty for none
-- Returns the presence as announced. Where the status was the same its version is, too.
local version, _, _, status = unpack(state())
if status ~= ARGV[1] then
  redis.call('HSET', presence, 'v', next_version(version), 'status', ARGV[1])
end
return announced()
