-- The waitlist of a sale: one FIFO per shape (what a ticket wants) in one sorted set, and the
-- waiting buyers in one hash.
--   shapes    members "items|line number, 12 digits|buyer", sorted by shape, then line
--   waiters   by buyer: "line|ref|origin"
-- The sale's hash has `waitlist` (tickets that may wait, 0 without a waitlist), `waiting` (tickets
-- that do) and `offering` ("1" while a call stopped at its bound: newcomers line up behind). Needs
-- fragments/journal, fragments/claims and fragments/origins.

-- The keys that the functions below use, from the first of them on: in the order of waitlistKeys()
-- in src/redis/keys.ts.
local function waitlist_keys(keys, first)
  return {
    sale = keys[first], buyers = keys[first + 1], holds = keys[first + 2],
    waiters = keys[first + 3], shapes = keys[first + 4], origins = keys[first + 5],
  }
end

-- The ref in a record of `waiters`, and its origin: nil where it has none.
local function waiter_ref(record)
  local ref, origin = string.match(record, '^%d+|([^|]*)|?(.*)$')
  return ref, origin ~= '' and origin or nil
end

local function shape_member(items, line, buyer)
  return string.format('%s|%012d|%s', items, line, buyer)
end

-- A member of `shapes` as a table.
local function parse_waiting(member)
  local text, line, buyer = string.match(member, '^([^|]*)|(%d+)|(.*)$')
  local items, units = parse_items(text)
  return {
    member = member, text = text, line = tonumber(line), buyer = buyer,
    items = items, units = units,
  }
end

-- The first ticket after `from` whose member is before `to`.
local function next_waiting(shapesKey, from, to)
  local found = redis.call('ZRANGEBYLEX', shapesKey, from, to, 'LIMIT', 0, 1)[1]
  return found and parse_waiting(found)
end

-- The first ticket of each shape. '}' sorts right behind '|'.
local function heads_of(shapesKey)
  local heads = {}
  local head = next_waiting(shapesKey, '-', '+')
  while head do
    heads[#heads + 1] = head
    head = next_waiting(shapesKey, '(' .. head.text .. '}', '+')
  end
  return heads
end

local function fits(items, units)
  for _, item in ipairs(items) do
    if units[item[1]] < item[2] then
      return false
    end
  end
  return true
end

local function read_counts(saleKey, letter)
  local names = {}
  local products = tonumber(redis.call('HGET', saleKey, 'n'))
  for index = 0, products - 1 do
    names[#names + 1] = letter .. index
  end
  local values, counts = redis.call('HMGET', saleKey, unpack(names)), {}
  for index = 0, products - 1 do
    counts[index] = tonumber(values[index + 1])
  end
  return counts
end

-- Moves the heads for which too little is available from `fitting` to `unfit`. Available units only
-- shrink while a plan is made, so they will not fit later either.
local function drop_unfit(fitting, unfit, available)
  for i = #fitting, 1, -1 do
    if not fits(fitting[i].items, available) then
      unfit[#unfit + 1] = table.remove(fitting, i)
    end
  end
end

-- The index of the head that is first in line, nil if there is none.
local function first_in_line(heads)
  local first
  for i = 1, #heads do
    if not first or heads[i].line < heads[first].line then
      first = i
    end
  end
  return first
end

-- Replaces the head at `i` by the next ticket of its shape, if there is one.
local function advance(heads, i, shapesKey)
  local head = heads[i]
  local following = next_waiting(shapesKey, '(' .. head.member, '(' .. head.text .. '}')
  if following then
    heads[i] = following
  else
    table.remove(heads, i)
  end
end

-- Records the unfit heads ahead of `line`, each once.
local function note_passed(plan, unfit, line)
  for _, head in ipairs(unfit) do
    if head.line < line and not head.isPassed then
      head.isPassed = true
      plan.passed[#plan.passed + 1] = head.line
    end
  end
end

-- An empty plan, with the state needed to make it.
local function new_plan(keys)
  local limits = redis.call('HMGET', keys.sale, 'limit', 'holdCount', 'holdWindow')
  local plan = {
    offers = {}, over = {}, passed = {}, more = false,
    at = now_ms(), hasOrigin = false, origins = {},
    available = read_counts(keys.sale, 'a'), limit = tonumber(limits[1]),
    holdCount = tonumber(limits[2]), holdWindow = tonumber(limits[3]),
  }
  plan.holdsOf = function(hash)
    return plan.origins[hash] or redis.call('HGET', keys.origins, hash)
  end
  return plan
end

-- Plans an offer to the ticket, or its end if its buyer or its origin has reached a limit.
local function plan_offer(keys, plan, ticket)
  local units = parse_buyer(redis.call('HGET', keys.buyers, ticket.buyer))
  local ref, origin = waiter_ref(redis.call('HGET', keys.waiters, ticket.buyer))
  plan.hasOrigin = plan.hasOrigin or origin ~= nil
  if units + ticket.units > plan.limit
    or is_over_holds(origin, plan.holdsOf, plan.at, plan.holdCount, plan.holdWindow) then
    plan.over[#plan.over + 1] = ticket
    return
  end
  for hash in string.gmatch(origin or '', '[^,]+') do
    plan.origins[hash] = with_hold(plan.holdsOf(hash), plan.at)
  end
  ticket.record, ticket.ref = units + ticket.units, ref
  plan.offers[#plan.offers + 1] = ticket
  for _, item in ipairs(ticket.items) do
    plan.available[item[1]] = plan.available[item[1]] - item[2]
  end
end

-- First fit in line order, without writing anything: which tickets get what is available, see
-- settle() in src/domain/waitlist.ts. `max` tickets at most. `origins` gets the records that
-- change.
local function plan_offers(keys, max)
  local plan = new_plan(keys)
  local fitting, unfit = heads_of(keys.shapes), {}
  while true do
    drop_unfit(fitting, unfit, plan.available)
    local first = first_in_line(fitting)
    if not first then
      return plan
    end
    if #plan.offers + #plan.over == max then
      plan.more = true
      return plan
    end
    note_passed(plan, unfit, fitting[first].line)
    plan_offer(keys, plan, fitting[first])
    advance(fitting, first, keys.shapes)
  end
end

local function remove_waiting(keys, tickets)
  if #tickets == 0 then
    return
  end
  for _, ticket in ipairs(tickets) do
    redis.call('ZREM', keys.shapes, ticket.member)
    redis.call('HDEL', keys.waiters, ticket.buyer)
  end
  redis.call('HINCRBY', keys.sale, 'waiting', -#tickets)
end

-- Carries out the plan: the holds are made by journal entry `seq`.
local function make_offers(keys, plan, seq)
  for _, ticket in ipairs(plan.offers) do
    local ref = ticket.ref
    for _, item in ipairs(ticket.items) do
      redis.call('HINCRBY', keys.sale, 'a' .. item[1], -item[2])
      redis.call('HINCRBY', keys.sale, 'h' .. item[1], item[2])
    end
    redis.call('HSET', keys.buyers, ticket.buyer, ticket.record .. '|' .. ref)
    redis.call('HSET', keys.holds, ref_identity(ref), seq .. '|' .. ref .. '|' .. ticket.buyer)
  end
  for hash, record in pairs(plan.origins) do
    redis.call('HSET', keys.origins, hash, record)
  end
  remove_waiting(keys, plan.offers)
  remove_waiting(keys, plan.over)
  redis.call('HSET', keys.sale, 'offering', plan.more and '1' or '')
end

local function lines_of(tickets)
  local lines = {}
  for i, ticket in ipairs(tickets) do
    lines[i] = ticket.line
  end
  return lines
end

-- Offers what is available to the waitlist and returns that as fields of a journal entry, and how
-- many tickets were taken off it: `max` at most. I2: in the same call that returned the units, so
-- that no newcomer comes in between.
local function offer_to_waiting(keys, stateKey, max)
  local plan = plan_offers(keys, max)
  table.sort(plan.passed)
  make_offers(keys, plan, tonumber(redis.call('HGET', stateKey, 'seq')) + 1)
  local fields = list_field('offers', lines_of(plan.offers))
    .. list_field('over', lines_of(plan.over)) .. list_field('passed', plan.passed)
    .. (plan.more and json_field('more', 'true') or '')
    .. (plan.hasOrigin and json_field('at', string.format('%.0f', plan.at)) or '')
  return fields, #plan.offers + #plan.over
end
