#!lua flags=allow-oom
-- Takes a partition for a member of a group, if nobody else has a lease on it.
--
-- KEYS: the stream, the lease.
-- ARGV: the group, the member, the length of the lease in milliseconds (0 to make sure of the group only), and
-- where a group begins that is not there yet: 0 or $, and the last entry that this member knows of, or nothing.
-- Answers nothing if somebody else has it, and otherwise: the epoch, the position, how many entries were read up to
-- there, whether that is known, how many were ever added, which entries behind the position are done with, and the known entry
-- if it is there, or the last that is left of those before it if it is lost.
local stream, lease = KEYS[1], KEYS[2]
local group, member, length, start = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

-- include history.lua

local function position_of_group()
  if redis.call('EXISTS', stream) == 0 then
    return nil
  end
  for _, reply in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local found = fields(reply)
    if found['name'] == group then
      return found
    end
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', lease, 'member', 'lapses', 'epoch', 'done')
if length > 0 and held[1] and held[1] ~= member and tonumber(held[2]) > now then
  return {}
end

local left = gap_before(stream, ARGV[5])
if not left and ARGV[5] ~= '' and #redis.call('XRANGE', stream, ARGV[5], ARGV[5]) > 0 then
  left = ARGV[5]
end
local found = position_of_group()
if not found then
  local added, there = 0, 0
  if redis.call('EXISTS', stream) == 1 then
    local info = fields(redis.call('XINFO', 'STREAM', stream))
    added, there = info['entries-added'], info['length']
  end
  -- What was trimmed before the group came counts as read.
  local read = start == '$' and added or added - there
  redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM', 'ENTRIESREAD', read)
  redis.call('HDEL', lease, 'done')
  held[4] = false
  found = position_of_group()
end
if length == 0 then
  return {}
end

local epoch = (tonumber(held[3]) or 0) + 1
redis.call('HSET', lease, 'member', member, 'epoch', epoch, 'lapses', string.format('%.0f', now + length))
local info = fields(redis.call('XINFO', 'STREAM', stream))
local read, known = found['entries-read'], 1
if not read then
  read, known = info['entries-added'] - info['length'], 0
end
return {epoch, found['last-delivered-id'], read, known, info['entries-added'], held[4] or '', left or ''}
