-- A device says hello: where its reading starts, and whether that continues what it had.
-- KEYS  1 meta  2 inbox  3 cursors  4 resume
-- ARGV  1 device  2 most cursors  3 an epoch, if a new life begins  4 the device's epoch, or empty  5 up to where it has everything, or empty
--       6 the id of the message there, or empty  7 hash of the token that it shows, or empty  8 hash of its next token
--       9 how long that one is valid  10 how long a used one is, in ms
-- Returns {after, seq, epoch, reason (ResumeFailure, or -1), gap from, gap to (0: none), whether the device was known}.
local NEW, EXPIRED, EPOCH, TRIMMED = 0, 1, 2, 3
local device, acknowledged = ARGV[1], tonumber(ARGV[5])
local epoch = begun(KEYS[1], ARGV[3])
local seq, delivered, trimmed = numbers(KEYS[1], 'seq', 'delivered', 'trimmed')
local cursor = read_cursor(KEYS[3], device)
local is_known = cursor or ARGV[4] == epoch

-- Single use: one that was used is good for a while more, since the answer may have been lost. Being shown again does not make that longer.
-- '<hash> <valid until> <hash of the one before, or -> <valid until>'
local reason, before, before_until = ARGV[7] == '' and NEW or EXPIRED, '-', 0
local current, current_until, used, used_until = string.match(redis.call('HGET', KEYS[4], device) or '', '^(%S+) (%d+) (%S+) (%d+)$')
if ARGV[7] ~= '' and ARGV[7] == current and now < tonumber(current_until) then
  reason, before, before_until = -1, current, now + ARGV[10]
elseif ARGV[7] ~= '' and ARGV[7] == used and now < tonumber(used_until) then
  reason, before, before_until = -1, used, tonumber(used_until)
end

local start = math.min(cursor or delivered, seq)
if ARGV[4] == epoch then
  if acknowledged then
    acknowledged = math.max(acknowledged, 0)
    local entry = entry_with(KEYS[2], acknowledged)
    local there = entry and messages(entry)[acknowledged - first_of(entry) + 1]
    if acknowledged > seq or (there and ARGV[6] ~= '' and there.m ~= ARGV[6]) then
      -- The device has what this store has never had: it has gone back in time, and numbers would be used twice.
      epoch, reason = ARGV[3], EPOCH
      renew(KEYS[1], epoch)
    else
      start = acknowledged
    end
  end
elseif ARGV[4] ~= '' then
  reason = EPOCH
end
if reason == EPOCH then
  start = math.min(cursor or 0, seq)
end

local from, to = 0, 0
if start < trimmed then
  if reason ~= EPOCH then
    from, to, reason = start + 1, trimmed, TRIMMED
  end
  start = trimmed
end
if not cursor or cursor > seq then
  move_cursor(KEYS[3], KEYS[4], device, start, tonumber(ARGV[2]))
end
redis.call('HSET', KEYS[4], device, string.format('%s %d %s %d', ARGV[8], now + ARGV[9], before, before_until))
redis.call('PEXPIRE', KEYS[4], ARGV[9])
return {start, seq, epoch, reason, from, to, is_known and 1 or 0}
