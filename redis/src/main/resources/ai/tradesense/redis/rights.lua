#!lua flags=no-writes
-- Which of the commands that this transport uses its user may not run, each in the form in which it is to be granted.
--
-- ARGV: the prefix of the keys, and further commands without keys.
-- Answers their names; '~' and the prefix in place of all that have keys, if none of those may be run.
local key, other = ARGV[1] .. ':rights', ARGV[1] .. ':rights-too'
local with_keys = {
  {'del', key}, {'exists', key}, {'get', key}, {'hdel', key, 'f'}, {'hgetall', key}, {'hmget', key, 'f'},
  {'hset', key, 'f', 'v'}, {'rename', key, other}, {'sadd', key, 'm'}, {'scard', key}, {'set', key, 'v'},
  {'smembers', key}, {'smismember', key, 'm'}, {'unlink', key}, {'xadd', key, '*', 'f', 'v'},
  {'xgroup|create', key, 'g', '0'}, {'xgroup|setid', key, 'g', '0'}, {'xinfo|groups', key}, {'xinfo|stream', key},
  {'xrange', key, '-', '+'}, {'xread', 'STREAMS', key, '0'}, {'xrevrange', key, '+', '-'},
  {'xtrim', key, 'MAXLEN', '0'},
}
local without_keys = {{'time'}}
for i = 2, #ARGV do
  without_keys[#without_keys + 1] = {ARGV[i]}
end

local missing = {}
local function check(commands)
  for _, command in ipairs(commands) do
    local words = {}
    for word in string.gmatch(command[1], '[^|]+') do
      words[#words + 1] = word
    end
    for i = 2, #command do
      words[#words + 1] = command[i]
    end
    if not redis.acl_check_cmd(unpack(words)) then
      missing[#missing + 1] = '+' .. command[1]
    end
  end
end

check(with_keys)
if #missing == #with_keys then
  missing = {'~' .. ARGV[1] .. ':*'}
end
check(without_keys)
return missing
