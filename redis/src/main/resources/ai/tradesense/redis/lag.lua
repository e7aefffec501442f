#!lua flags=no-writes
-- KEYS: a stream. ARGV: a group.
-- Answers how many entries were ever added, and how many of them lie behind the position of the group.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {0, 0}
end
-- include history.lua
local info = fields(redis.call('XINFO', 'STREAM', KEYS[1]))
for _, reply in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local found = fields(reply)
  if found['name'] == ARGV[1] and found['entries-read'] then
    return {info['entries-added'], info['entries-added'] - found['entries-read']}
  end
end
return {info['entries-added'], info['length']}
