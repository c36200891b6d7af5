-- Reads a stretch of a log.
-- KEYS  1 meta  2 log  3 mids  4 members
-- ARGV  1 most entries and 2 most bytes of bodies that the log keeps  3 how long it keeps an entry, in ms  4 'replay': forward, what is to be sent; 'after' and 'before':
--       what a history shows  5 from behind or before which rseq; empty: from the end  6 most entries  7 most bytes of bodies of the page, but for one entry
--       8 the user and 9 the device whose own entries a replay leaves out, or empty
-- Returns {epoch or nil, first, rseq, the last rseq that was looked at, whether nothing lies behind it, then for each entry, as they were met: rseq, kind, id, sender,
--         device, stored at, the sender's own id, body, content type, the id of the message that it changes, when it was edited, when it was deleted}; nil if it did not come to the end: call again.
local mode, most, most_bytes = ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[7])
local left = 512
if not trim(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), 256) then
  return false
end

local step, at, last = 1, math.max((tonumber(ARGV[5]) or 0) + 1, first), rseq
if mode == 'before' then
  step, at, last = -1, math.min((tonumber(ARGV[5]) or rseq + 1) - 1, rseq), first
end

-- The entry whose body is shown; nil when there is nothing to show. A history shows messages only, deleted ones without their bodies.
local function wanted(entry)
  if mode == 'replay' then
    return not (entry.f == ARGV[8] and entry.v == ARGV[9]) and shown(entry, at) or nil
  end
  return entry.k == 'm' and not is_past(entry) and entry or nil
end

local function read_block()
  local block = {}
  for place = at, step > 0 and math.min(at + 15, last) or math.max(at - 15, last), step do
    block[#block + 1] = int(place)
  end
  return redis.call('HMGET', log, unpack(block))
end

local answer, taken, size, is_full = {epoch, first, rseq, 0, 0}, 0, 0, false
while (last - at) * step >= 0 and left > 0 and not is_full do
  -- In blocks: what goes beyond the page is read for nothing, and one at a time costs a call each. In a row that was read nothing is looked for.
  for _, packed in ipairs(is_in_row(at) and {false} or read_block()) do
    local entry = to_entry(at, packed and cmsgpack.unpack(packed))
    local source = entry and wanted(entry)
    if source then
      local body = source.b or ''
      is_full = taken == most or (taken > 0 and size + #body > most_bytes)
      if is_full then
        break
      end
      taken, size = taken + 1, size + #body
      local values = {
        at, entry.k, entry.m, entry.f, entry.v, entry.t, entry.i, body, source.c or '', entry.o or '', entry.k == 'm' and entry.e or 0, entry.z or 0,
      }
      for _, value in ipairs(values) do
        answer[#answer + 1] = value
      end
    end
    at, left = at + step, left - 1 - (entry and #(entry.b or '') / 4096 or 0)
  end
end
local is_at_end = (last - at) * step < 0
answer[4] = is_at_end and last or at - step
answer[5] = is_at_end and 1 or 0
return answer
