-- Limits on the ticket requests of a sale: per buyer, per IP, for the sale as a whole. Each is a
-- sliding window of a minute, see fragments/request-window, which this needs.
--   requests   by name of a counter: requests in the minute that "minute" names; one hash counts
--              the even minutes, another the odd ones

-- The limits with what was counted so far, each counter read once.
--   keys     the hash of even minutes, the hash of odd ones
--   limits   as accept.ts passes them: {letter, quota, names}; names has a counter per ticket, or
--            is left out where one counts them all
--   count    tickets in the batch
local function read_limits(keys, limits, count, now)
  local minute = math.floor(now / WINDOW_MS)
  local read = {
    limits = limits, key = keys[1 + minute % 2], minute = minute,
    elapsed = now - minute * WINDOW_MS, isNewMinute = false, changed = {},
  }
  if #limits == 0 then
    return read
  end

  local names, counters = { 'minute' }, {}
  for _, limit in ipairs(limits) do
    limit.counters = {}
    for ticket = 1, count do
      local name = limit.names and limit.names[ticket] or 'sale'
      local counter = counters[name]
      if not counter then
        counter = { name = name, before = 0, during = 0, isChanged = false }
        counters[name] = counter
        names[#names + 1] = name
      end
      limit.counters[ticket] = counter
    end
  end
  -- A batch has at most 1,000 tickets: 2,002 names, which `unpack` and one call take.
  local last = redis.call('HMGET', keys[2 - minute % 2], unpack(names))
  local this = redis.call('HMGET', read.key, unpack(names))
  -- A hash left from an older minute counts nothing.
  local hasLast = tonumber(last[1] or -1) == minute - 1
  read.isNewMinute = tonumber(this[1] or -1) ~= minute
  for i = 2, #names do
    local counter = counters[names[i]]
    if hasLast and last[i] then
      counter.before = tonumber(last[i])
    end
    if this[i] and not read.isNewMinute then
      counter.during = tonumber(this[i])
    end
  end
  return read
end

-- Counts a ticket's request if every limit allows it. Returns a letter and a number for the reply
-- (see RETURNS of accept.lua), and whether it is allowed.
local function check_limits(read, ticket)
  local limits, elapsed = read.limits, read.elapsed
  local wait, letter, least = 0, 'A', nil
  for i = 1, #limits do
    local limit = limits[i]
    local counter = limit.counters[ticket]
    local free = free_of(limit.quota, counter.before, counter.during, elapsed)
    if free >= WINDOW_MS then
      if wait == 0 and (not least or free < least) then
        least, letter = free, limit.letter
      end
    else
      local ms = wait_ms(limit.quota, counter.before, counter.during, elapsed)
      if ms > wait then
        wait, letter = ms, string.lower(limit.letter)
      end
    end
  end
  if wait > 0 then
    return letter, wait, false
  end
  for i = 1, #limits do
    local counter = limits[i].counters[ticket]
    counter.during = counter.during + 1
    if not counter.isChanged then
      counter.isChanged = true
      read.changed[#read.changed + 1] = counter
    end
  end
  return letter, least and math.floor(least / WINDOW_MS) - 1 or 0, true
end

local function write_limits(read)
  if #read.changed == 0 then
    return
  end
  local values = { 'minute', read.minute }
  for _, counter in ipairs(read.changed) do
    values[#values + 1] = counter.name
    values[#values + 1] = counter.during
  end
  if read.isNewMinute then
    redis.call('UNLINK', read.key)
  end
  redis.call('HSET', read.key, unpack(values))
  if read.isNewMinute then
    redis.call('PEXPIRE', read.key, 2 * WINDOW_MS)
  end
end
