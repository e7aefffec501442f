#!lua flags=allow-oom
-- Says that a member of a group lives, or leaves, and who else does.
--
-- KEYS: the members of the group.
-- ARGV: the member, the domains that it wants, and for how many milliseconds it is to be believed; 0 to leave.
-- Answers name and domains of each living member.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local believed = tonumber(ARGV[3])
if believed > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now + believed, ARGV[2]))
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
local living = {}
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
  local lapses, domains = string.match(members[i + 1], '^(%d+) (.*)$')
  if lapses and tonumber(lapses) > now then
    living[#living + 1] = members[i]
    living[#living + 1] = domains
  else
    redis.call('HDEL', KEYS[1], members[i])
  end
end
return living
