#!lua flags=allow-oom
-- Moves the position of a group in a partition and keeps or gives up the lease on it, for who has it.
--
-- KEYS: the stream, the lease.
-- ARGV: the group, the member, its epoch; the new position, or nothing to leave it, and how many entries were read up
-- to there; which entries behind it are done with, or '=' to leave that; 'keep', 'extend' or 'release' the lease; its
-- length in milliseconds; how many entries to retain when it is extended that every group is done with; and the last
-- entry that was read.
-- Answers 0 and why if the lease is another's: 'taken', or 'gone' if Redis knows nothing of it. That another has it in
-- no later epoch means that Redis has forgotten it, too. Otherwise 1, and if the lease was extended, how many entries
-- were ever added, the last of them, the last that is there, and, if the one that was read last is lost, the last that
-- is left of those before it.
local stream, lease = KEYS[1], KEYS[2]
local group, position, read, done, intent = ARGV[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- include history.lua

-- Never trims what a group has not read, or has read and not acknowledged, or of which that is not known.
local function trim(added, there, retained)
  local behind = 0
  for _, reply in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local found = fields(reply)
    if not found['entries-read'] or found['pending'] > 0 then
      return
    end
    behind = math.max(behind, added - found['entries-read'])
  end
  if there > behind + retained then
    redis.call('XTRIM', stream, 'MAXLEN', '~', behind + retained)
  end
end

local held = redis.call('HMGET', lease, 'member', 'epoch')
if held[1] ~= ARGV[2] or held[2] ~= ARGV[3] then
  local taken = held[1] and tonumber(held[2]) > tonumber(ARGV[3])
  return {0, taken and 'taken' or 'gone'}
end
if redis.call('EXISTS', stream) == 0 then
  redis.call('DEL', lease)
  return {0, 'gone'}
end
if position ~= '' then
  local moved = redis.pcall('XGROUP', 'SETID', stream, group, position, 'ENTRIESREAD', read)
  if moved['err'] then
    redis.call('DEL', lease)
    return {0, 'gone'}
  end
end
if done == '' then
  redis.call('HDEL', lease, 'done')
elseif done ~= '=' then
  redis.call('HSET', lease, 'done', done)
end
if intent == 'release' then
  redis.call('HSET', lease, 'lapses', 0)
  return {1}
elseif intent == 'keep' then
  return {1}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', lease, 'lapses', string.format('%.0f', now + tonumber(ARGV[8])))
local gap = gap_before(stream, ARGV[10])
local info = fields(redis.call('XINFO', 'STREAM', stream))
trim(info['entries-added'], info['length'], tonumber(ARGV[9]))
local newest = info['last-entry']
return {1, info['entries-added'], info['last-generated-id'], newest and newest[1] or '0-0', gap or ''}
