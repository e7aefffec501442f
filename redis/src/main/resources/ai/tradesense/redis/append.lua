#!lua
-- Appends the events of one partition that are not there yet, in order.
--
-- KEYS: the stream, the identities of the younger generation, those of the older one.
-- ARGV: how many identities a generation holds, then identity and body of each event.
-- Answers the numbers, from 1, of the events that were there before.
--
-- An identity is looked for in both generations. When the younger one is full, it becomes the older one, whose
-- identities are forgotten: at least as many are remembered as a generation holds, at most twice as many.
local stream, younger, older = KEYS[1], KEYS[2], KEYS[3]
local identities = {}
for i = 2, #ARGV, 2 do
  identities[#identities + 1] = ARGV[i]
end
local in_younger = redis.call('SMISMEMBER', younger, unpack(identities))
local in_older = redis.call('SMISMEMBER', older, unpack(identities))
local duplicates, added, in_batch = {}, {}, {}
for i, identity in ipairs(identities) do
  if in_younger[i] == 1 or in_older[i] == 1 or in_batch[identity] then
    duplicates[#duplicates + 1] = i
  else
    in_batch[identity] = true
    added[#added + 1] = identity
    redis.call('XADD', stream, '*', 'event', ARGV[2 * i + 1])
  end
end
if #added > 0 then
  redis.call('SADD', younger, unpack(added))
  if redis.call('SCARD', younger) >= tonumber(ARGV[1]) then
    redis.call('UNLINK', older)
    redis.call('RENAME', younger, older)
  end
end
return duplicates
