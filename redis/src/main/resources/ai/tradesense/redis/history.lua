-- What is common to the scripts that look at a stream.

local function fields(reply)
  local map = {}
  for i = 1, #reply, 2 do
    map[reply[i]] = reply[i + 1]
  end
  return map
end

local function is_before(one, other)
  local millis, number = string.match(one, '^(%d+)-(%d+)$')
  local other_millis, other_number = string.match(other, '^(%d+)-(%d+)$')
  if millis ~= other_millis then
    return tonumber(millis) < tonumber(other_millis)
  end
  return tonumber(number) < tonumber(other_number)
end

-- Where what is left ends, if an entry that was there is gone and was neither deleted nor trimmed: it was emptied, or
-- a replica that lagged has taken the place of the one that had it. Otherwise nothing.
local function gap_before(stream, known)
  if known == '' or known == '0-0' or #redis.call('XRANGE', stream, known, known) > 0 then
    return nil
  end
  if redis.call('EXISTS', stream) == 0 then
    return '0-0'
  end
  local info = fields(redis.call('XINFO', 'STREAM', stream))
  if is_before(info['last-generated-id'], known) then
    return info['last-generated-id']
  end
  local first = info['first-entry']
  if first and is_before(first[1], known) and is_before(info['max-deleted-entry-id'], known) then
    return redis.call('XREVRANGE', stream, '(' .. known, '-', 'COUNT', 1)[1][1]
  end
  return nil
end
