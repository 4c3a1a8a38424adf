#!lua
--[[
  Takes the places in line for one batch, before it is queued: checks the sale's window by Redis's
  clock, refuses tickets over a request limit and tickets with a used solution, refuses the batch if
  the line is full, and gives out positions to the rest. It decides nothing.

  I2: positions only number the acceptances; the order of the line is the order of the enqueues. A
  refused ticket has no position: the others get theirs as if it were absent.

  Request counters and used solutions belong to no epoch: they matter for minutes, and no rebuild
  restores them.

  KEYS  1 epoch  2 sale  3 accepted  4 progress  5 queue wait  6 queue active
        and with ARGV 5: 7, 8 requests of even and of odd minutes  9… a key per solution
  ARGV  1 epoch  2 sale id  3 tickets in the batch  4 waiting tickets a shard may have
        and where single tickets may be refused: 5 by what (JSON, see src/redis/scripts/accept.ts)
          limits      [{letter, quota, names}]: requests per minute; a counter's name per ticket,
                      left out where one counter has them all
          solutions   [{ticket, by, keepMs}], in the order of KEYS: which ticket of the batch, from
                      1 on; what may use it again; for how long it is remembered

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED                     the sale's keys are missing
    CLOSED                         closed, ended, or past endsAt
    NOT_OPEN nowMs startsMs        before startsAt
    LINE_FULL                      writes nothing: no request is counted, no solution is used
    ACCEPTED nowMs last lastAll passed [verdicts number…]
      the batch's last position in the sale's line and in the shard's, the highest position passed
      in the sale's; with ARGV 5, a letter per ticket and, in the same order, a number each:
      A  accepted, nothing counts it             0
      B, I, S  accepted; the limit of its buyer, its IP, the sale is the nearest
                                                 how many more requests that allows
      b, i, s  refused by that limit             ms until it allows one more
      u  refused: its solution is used           0
      All may be refused: then no position was given out and nothing is to be queued.
]]
--- @include fragments/journal
--- @include fragments/request-window
--- @include fragments/request-limits
--- @include fragments/solutions
--- @include fragments/places

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

local line = { accepted = KEYS[3], progress = KEYS[4], wait = KEYS[5], active = KEYS[6] }
local places = read_places(line, sale)
local accepted, letters, numbers, limits, solutions = count, {}, {}, nil, nil
if ARGV[5] then
  local checks = cjson.decode(ARGV[5])
  limits = read_limits({ KEYS[7], KEYS[8] }, checks.limits, count, now)
  solutions = read_solutions(KEYS, 9, checks.solutions)
  accepted = 0
  for ticket = 1, count do
    local letter, number, isAllowed = check_limits(limits, ticket)
    if isAllowed and not check_solution(solutions, ticket) then
      letter, number, isAllowed = 'u', 0, false
    end
    letters[ticket], numbers[ticket] = letter, number
    accepted = accepted + (isAllowed and 1 or 0)
  end
end

if is_full(places, accepted, tonumber(ARGV[4])) then
  return { 'LINE_FULL' }
end

take_places(line, places, accepted)
local reply = { 'ACCEPTED', now, places.taken, places.takenAll, places.passed }
if ARGV[5] then
  write_limits(limits)
  write_solutions(solutions)
  reply[6] = table.concat(letters)
  for ticket = 1, count do
    reply[6 + ticket] = numbers[ticket]
  end
end
return reply
