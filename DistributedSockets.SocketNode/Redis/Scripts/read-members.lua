-- A page of a room's members, in the order in which they joined.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 behind which user, or empty; from the beginning when that one is no member  2 most members of the page
-- Returns {members of the room, whether nobody is behind the page, version of the list, epoch or '', user, stamp of their join, user, ...}.
local rank = redis.call('ZRANK', members, ARGV[1])
local start = rank and rank + 1 or 0
local count = redis.call('ZCARD', members)
local page = redis.call('ZRANGE', members, start, start + ARGV[2] - 1, 'WITHSCORES')
return {count, start + #page / 2 >= count and 1 or 0, tonumber(redis.call('HGET', meta, 'mv') or 0), epoch or '', unpack(page)}
