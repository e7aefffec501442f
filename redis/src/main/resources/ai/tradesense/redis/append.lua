#!lua
-- Appends the events of one partition that are not there yet, in order.
--
-- KEYS: the stream, the identities of the younger generation, those of the older one.
-- ARGV: how many identities a generation holds, the last entry that this client knows to be there, or nothing; then
-- identity and body of each event.
-- Answers the last entry, or nothing if none was added; if the known one is lost, the last that is left of those before
-- it; and the numbers, from 1, of the events that were there before.
--
-- An identity is looked for in both generations. When the younger one is full, it becomes the older one, whose
-- identities are forgotten: at least as many are remembered as a generation holds, at most twice as many.
--
-- What is lost is said in the stream itself, in its place, so that every group hears of it.
-- include history.lua
local stream, younger, older = KEYS[1], KEYS[2], KEYS[3]
local last = ''
local gap = gap_before(stream, ARGV[2])
if gap then
  last = redis.call('XADD', stream, '*', 'lost', 'behind ' .. gap .. ' up to ' .. ARGV[2])
end

local identities = {}
for i = 3, #ARGV, 2 do
  identities[#identities + 1] = ARGV[i]
end
local in_younger = redis.call('SMISMEMBER', younger, unpack(identities))
local in_older = redis.call('SMISMEMBER', older, unpack(identities))
local answer, added, in_batch = {'', gap or ''}, {}, {}
for i, identity in ipairs(identities) do
  if in_younger[i] == 1 or in_older[i] == 1 or in_batch[identity] then
    answer[#answer + 1] = i
  else
    in_batch[identity] = true
    added[#added + 1] = identity
    last = redis.call('XADD', stream, '*', 'event', ARGV[2 * i + 2])
  end
end
if #added > 0 then
  redis.call('SADD', younger, unpack(added))
  if redis.call('SCARD', younger) >= tonumber(ARGV[1]) then
    redis.call('UNLINK', older)
    redis.call('RENAME', younger, older)
  end
end
answer[1] = last
return answer
