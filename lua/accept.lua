#!lua
--[[
  Takes the places in line for one batch, before it is queued: judges the window by Redis's clock, refuses a
  full line, refuses who asks too often or brings a used solution, and gives out the positions to the rest. It
  decides nothing.

  I2: positions only number the acceptances; the order of the line is the order of the enqueues. Whoever is refused
  has no position: the others get theirs as if the refused had not been there.

  What counts requests and remembers solutions is in no epoch: it is worth a minute, or five, and no rebuild
  restores it.

  KEYS  1 epoch  2 sale  3 accepted  4 progress  5 queue wait  6 queue active
        and where there is something to judge: 7, 8 requests of even and of odd minutes  9… a key a solution
  ARGV  1 epoch  2 sale id  3 tickets in the batch  4 waiting tickets a shard may have
        and where there is something to judge: 5 requests a minute that a buyer may send, 6 an IP, 7 all of the
        sale together (0: any number); where 5 is not 0, who buys, a ticket each; where 6 is not 0, from which IP; then for
        each solution the ticket's place in the batch, who may bring it again, and for how many ms it is remembered

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED                     the sale's keys are missing
    CLOSED                         closed, ended, or past endsAt
    NOT_OPEN nowMs startsMs        before startsAt
    LINE_FULL                      writes nothing: no request is counted, no solution is used
    ACCEPTED nowMs last lastAll passed [verdicts number…]
      the batch's last position in the sale's line and in the shard's, the highest position passed in the sale's; where
      there was something to judge, a letter a ticket and, in the same order, a number each:
      A  accepted, nothing counts it             0
      B, I, S  accepted; the limit of its buyer, its IP, the sale is the nearest    how many more it allows
      b, i, s  refused by that limit             ms until it allows one more
      u  refused: its solution is used           0
      All may be refused: then no position was given out and nothing is to be queued.
]]
--- @include fragments/journal
--- @include fragments/request-window

local sale, count = ARGV[2], tonumber(ARGV[3])

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local window = redis.call('HMGET', KEYS[2], 'starts', 'ends', 'closed')
if not window[1] then
  return { 'NOT_LOADED' }
end

local now = now_ms()
if window[3] ~= '' or now >= tonumber(window[2]) then
  return { 'CLOSED' }
end
if now < tonumber(window[1]) then
  return { 'NOT_OPEN', now, tonumber(window[1]) }
end

-- The limits that there are: what each allows, and in which slot of `names` what counts each
-- ticket is.
local limits, at = {}, 8
local names, slotOf = { 'minute' }, {}
for kind, letter in ipairs({ 'B', 'I', 'S' }) do
  local quota = tonumber(ARGV[4 + kind] or 0)
  if quota > 0 then
    local slots = {}
    for ticket = 1, count do
      local name = kind < 3 and ARGV[at + ticket - 1] or 'sale'
      if not slotOf[name] then
        names[#names + 1] = name
        slotOf[name] = #names
      end
      slots[ticket] = slotOf[name]
    end
    at = kind < 3 and at + count or at
    limits[#limits + 1] = { letter = letter, quota = quota, slots = slots }
  end
end

-- Counters by their slots, each read once; they go on in memory and are written at the end. A batch
-- has at most 1,000 tickets: 2,002 names, which `unpack` and one call take.
local minute = math.floor(now / WINDOW_MS)
local elapsed = now - minute * WINDOW_MS
local thisKey, lastKey = KEYS[7 + minute % 2], KEYS[8 - minute % 2]
local before, during, changed, isNewMinute = {}, {}, {}, false
if #limits > 0 then
  local last = redis.call('HMGET', lastKey, unpack(names))
  local this = redis.call('HMGET', thisKey, unpack(names))
  -- A hash of another minute than it should be has nothing to say.
  local hasLast = tonumber(last[1] or -1) == minute - 1
  isNewMinute = tonumber(this[1] or -1) ~= minute
  for slot = 2, #names do
    before[slot] = hasLast and tonumber(last[slot] or 0) or 0
    during[slot] = isNewMinute and 0 or tonumber(this[slot] or 0)
  end
end

-- Solutions: by ticket, and who has used each.
local solutions, usedBy, fresh = {}, {}, {}
if #KEYS > 8 then
  local used = redis.call('MGET', unpack(KEYS, 9))
  for i = 1, #KEYS - 8 do
    local from = at + 3 * (i - 1)
    local solution = { key = KEYS[8 + i], by = ARGV[from + 1], ms = ARGV[from + 2] }
    solutions[tonumber(ARGV[from])] = solution
    usedBy[solution.key] = used[i]
  end
end

local letters, numbers, accepted = {}, {}, 0
local function judge(ticket)
  local wait, letter, least = 0, 'A', nil
  for i = 1, #limits do
    local limit = limits[i]
    local slot = limit.slots[ticket]
    local free = free_of(limit.quota, before[slot], during[slot], elapsed)
    if free >= WINDOW_MS then
      if wait == 0 and (not least or free < least) then
        least, letter = free, limit.letter
      end
    else
      local ms = wait_ms(limit.quota, before[slot], during[slot], elapsed)
      if ms > wait then
        wait, letter = ms, string.lower(limit.letter)
      end
    end
  end
  if wait > 0 then
    return letter, wait
  end
  for i = 1, #limits do
    local slot = limits[i].slots[ticket]
    during[slot] = during[slot] + 1
    changed[slot] = true
  end
  local solution = solutions[ticket]
  if solution then
    local by = usedBy[solution.key]
    if by and by ~= solution.by then
      return 'u', 0
    end
    if not by then
      usedBy[solution.key] = solution.by
      fresh[#fresh + 1] = solution
    end
  end
  accepted = accepted + 1
  return letter, least and (least - least % WINDOW_MS) / WINDOW_MS - 1 or 0
end
if #KEYS > 6 then
  for ticket = 1, count do
    letters[ticket], numbers[ticket] = judge(ticket)
  end
else
  accepted = count
end

local taken = redis.call('HMGET', KEYS[3], sale, '*')
local takenSale, takenAll = tonumber(taken[1] or 0), tonumber(taken[2] or 0)

local passed = redis.call('HMGET', KEYS[4], 'p:' .. sale, 'p:*')
local passedSale, passedAll = tonumber(passed[1] or 0), tonumber(passed[2] or 0)

-- An empty queue has nobody waiting: places that an API process took and died with are passed over
-- here.
if redis.call('EXISTS', KEYS[5], KEYS[6]) == 0 then
  passedSale, passedAll = takenSale, takenAll
  redis.call('HSET', KEYS[4], 'p:' .. sale, passedSale, 'p:*', passedAll)
end
if takenAll + accepted - passedAll > tonumber(ARGV[4]) then
  return { 'LINE_FULL' }
end

if accepted > 0 then
  redis.call('HSET', KEYS[3], sale, takenSale + accepted, '*', takenAll + accepted)
end
if next(changed) then
  local values = { 'minute', minute }
  for slot in pairs(changed) do
    values[#values + 1] = names[slot]
    values[#values + 1] = during[slot]
  end
  if isNewMinute then
    redis.call('UNLINK', thisKey)
  end
  redis.call('HSET', thisKey, unpack(values))
  if isNewMinute then
    redis.call('PEXPIRE', thisKey, 2 * WINDOW_MS)
  end
end
for _, solution in ipairs(fresh) do
  redis.call('SET', solution.key, solution.by, 'PX', solution.ms)
end

local reply = { 'ACCEPTED', now, takenSale + accepted, takenAll + accepted, passedSale }
if #KEYS > 6 then
  reply[6] = table.concat(letters)
  for ticket = 1, count do
    reply[6 + ticket] = numbers[ticket]
  end
end
return reply
