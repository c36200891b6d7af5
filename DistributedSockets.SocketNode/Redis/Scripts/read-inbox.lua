-- Reads messages of an inbox behind a seq, in whole entries.
-- KEYS  1 meta  2 inbox
-- ARGV  1 behind which seq  2 how many messages are wanted
-- Returns {epoch or nil, then the entries as XRANGE gives them}: with one message more than wanted, unless they are all.
local after, left, page, entries = tonumber(ARGV[1]), tonumber(ARGV[2]) + 1, 8, nil
local answer = {redis.call('HGET', KEYS[1], 'epoch')}
repeat
  -- Mostly few entries are enough: a row has many messages.
  page = math.min(2 * page, 128)
  entries = redis.call('XRANGE', KEYS[2], '(' .. id(after), '+', 'COUNT', page)
  for _, entry in ipairs(entries) do
    if left > 0 then
      left = left - seq_of(entry) + math.max(first_of(entry) - 1, after)
      answer[#answer + 1], after = entry, seq_of(entry)
    end
  end
until left <= 0 or #entries < page
return answer
