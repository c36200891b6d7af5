-- Visits an inbox: removes what is due, compares the counters with what is stored, and says when the next visit is wanted.
-- KEYS  1 meta  2 inbox  3 due  4 owed  5 senders  6 reads  7 receipted
-- ARGV  1 visit period, in ms  2 how many entries are removed in one call, at most
--       3 most entries above the delivered mark that are counted one by one  4 most bytes of them  5 how long a message is kept that has no time of its own, in ms
-- Returns {accepted, delivered, expired, failed, pending, next visit (0: none), whether outcomes are owed, how many have expired now}.
redis.call('HINCRBY', KEYS[1], 'visits', 1)
local page, left = 16, tonumber(ARGV[2])
local seq, delivered, expired_before = numbers(KEYS[1], 'seq', 'delivered', 'expired')

local function remove(entry)
  redis.call('XDEL', KEYS[2], entry[1])
  redis.call('ZREM', KEYS[3], int(seq_of(entry)))
  redis.call('HINCRBY', KEYS[1], 'entries', -1)
  local size, ended, ids, sender = 0, 0, {}, nil
  for _, message in ipairs(messages(entry)) do
    left = left - 1
    -- Receipts, copies, and what was delivered, go without a word.
    if is_accounted(message) and message.seq > delivered then
      size, ended, sender = size + #message.b, ended + 1, message.f
      ids[#ids + 1] = message.i and message.m
    end
  end
  if ended > 0 then
    redis.call('HINCRBY', KEYS[1], 'expired', ended)
    redis.call('HINCRBY', KEYS[1], 'bytes', -size)
  end
  if #ids > 0 then
    owe(KEYS[1], KEYS[4], 'expired', sender, ids, seq_of(entry))
  end
end

-- Nothing is due later than what was stored before it, but for what has a time of its own: so the head tells.
local next_due
while left > 0 and not next_due do
  local entries = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', page)
  for _, entry in ipairs(entries) do
    local message = fields(entry)
    local due = tonumber(message.x or message.t + ARGV[5])
    if due > now or left <= 0 then
      next_due = due
      break
    end
    remove(entry)
  end
  if #entries < page then
    break
  end
end

for _, at in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', int(now), 'LIMIT', 0, math.max(left, 0))) do
  local entry = redis.call('XRANGE', KEYS[2], id(at), id(at))[1]
  if entry then
    remove(entry)
  else
    redis.call('ZREM', KEYS[3], at)
  end
end

local entries, bytes, accepted, done, expired, failed = numbers(KEYS[1], 'entries', 'bytes', 'accepted', 'deliveredCount', 'expired', 'failed')
local pending = accepted - done - expired - failed
local kept, owes = redis.call('XLEN', KEYS[2]), redis.call('XLEN', KEYS[4])
local counted = pending + kept - entries
if kept == entries and seq - delivered <= tonumber(ARGV[3]) and bytes <= tonumber(ARGV[4]) then
  counted = 0
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. id(delivered), '+')) do
    counted = counted + (is_accounted(fields(entry)) and seq_of(entry) - math.max(first_of(entry) - 1, delivered) or 0)
  end
end

-- A row of senders goes with the last of its messages.
if left < tonumber(ARGV[2]) and kept > 0 then
  redis.call('XTRIM', KEYS[5], 'MINID', redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1][1])
end

-- An empty stream would stay for ever. So would marks that spare nothing any more: of what was read nothing is left, and what receipts have arrived was known for as long as
-- the inbox keeps anything. Seqs and numbers go on from meta.
if kept == 0 then
  redis.call('DEL', KEYS[2], KEYS[5], KEYS[6], KEYS[7])
end
if owes == 0 then
  redis.call('DEL', KEYS[4])
end

local visit = math.huge
if kept > 0 then
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2]
  visit = math.min(next_due or now, tonumber(first or visit))
end
if owes > 0 or (kept > 0 and pending > 0) then
  visit = math.min(visit, now + ARGV[1])
end
if visit < math.huge then
  redis.call('HSET', KEYS[1], 'visit', int(math.max(visit, now)))
else
  redis.call('HDEL', KEYS[1], 'visit')
end
return {accepted, done, expired, failed, counted, visit < math.huge and math.max(visit, now) or 0, owes > 0 and 1 or 0, expired - expired_before}
