-- The waitlist of a sale: one FIFO a shape (what a ticket wants) in one sorted set, and who waits
-- in one hash.
--   shapes    members "items|line number, 12 digits|buyer", all of score 0: sorted by shape, then by line
--   waiters   by buyer: "line|ref|origin"
-- The sale's hash has `waitlist` (tickets that may wait, 0 without a waitlist), `waiting` (tickets
-- that do) and `offering` ("1" while a call stopped at its bound: newcomers line up behind). Needs
-- fragments/claims and fragments/origins.

-- The keys that the functions below take, from the first of them on: in the order of waitlistKeys()
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
  return { member = member, text = text, line = tonumber(line), buyer = buyer, items = items, units = units }
end

-- The first ticket behind `from` of those whose members end before `to`.
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

-- First fit in line order, without writing anything: which tickets get what is available, see
-- settle() in src/domain/waitlist.ts. `max` tickets at most. `origins` gets the records that
-- change.
local function plan_offers(keys, max)
  local plan = { offers = {}, over = {}, passed = {}, more = false }
  plan.at, plan.hasOrigin, plan.origins = now_ms(), false, {}
  local available = read_counts(keys.sale, 'a')
  local limits = redis.call('HMGET', keys.sale, 'limit', 'holdCount', 'holdWindow')
  local limit, holdCount, holdWindow = tonumber(limits[1]), tonumber(limits[2]), tonumber(limits[3])
  local function holds_of(hash)
    return plan.origins[hash] or redis.call('HGET', keys.origins, hash)
  end
  local fitting, waiting = heads_of(keys.shapes), {}
  local isPassed = {}
  while true do
    local ticket
    for i = #fitting, 1, -1 do
      local head = fitting[i]
      if not fits(head.items, available) then -- what is available only shrinks: it will not fit later either
        waiting[#waiting + 1] = table.remove(fitting, i)
      elseif not ticket or head.line < ticket.line then
        ticket = head
      end
    end
    if not ticket then
      return plan
    end
    if #plan.offers + #plan.over == max then
      plan.more = true
      return plan
    end
    for _, head in ipairs(waiting) do
      if head.line < ticket.line and not isPassed[head.line] then
        isPassed[head.line] = true
        plan.passed[#plan.passed + 1] = head.line
      end
    end
    local units = parse_buyer(redis.call('HGET', keys.buyers, ticket.buyer))
    local ref, origin = waiter_ref(redis.call('HGET', keys.waiters, ticket.buyer))
    plan.hasOrigin = plan.hasOrigin or origin ~= nil
    if units + ticket.units > limit or is_over_holds(origin, holds_of, plan.at, holdCount, holdWindow) then
      plan.over[#plan.over + 1] = ticket
    else
      for hash in string.gmatch(origin or '', '[^,]+') do
        plan.origins[hash] = with_hold(holds_of(hash), plan.at)
      end
      ticket.record = units + ticket.units
      ticket.ref = ref
      plan.offers[#plan.offers + 1] = ticket
      for _, item in ipairs(ticket.items) do
        available[item[1]] = available[item[1]] - item[2]
      end
    end
    local following = next_waiting(keys.shapes, '(' .. ticket.member, '(' .. ticket.text .. '}')
    for i, head in ipairs(fitting) do
      if head == ticket then
        if following then
          fitting[i] = following
        else
          table.remove(fitting, i)
        end
        break
      end
    end
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

-- Does what was planned: the holds are made by journal entry `seq`.
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

-- Ends the waiting for what cannot come back any more, because too little of it is available or
-- held. Returns the shapes, each in quotes.
local function end_hopeless(keys)
  local units = read_counts(keys.sale, 'a')
  for index, held in pairs(read_counts(keys.sale, 'h')) do
    units[index] = units[index] + held
  end
  local gone = {}
  for _, head in ipairs(heads_of(keys.shapes)) do
    if not fits(head.items, units) then
      gone[#gone + 1] = '"' .. head.text .. '"'
      local tickets, ticket = {}, head
      while ticket do
        tickets[#tickets + 1] = ticket
        ticket = next_waiting(keys.shapes, '(' .. ticket.member, '(' .. ticket.text .. '}')
      end
      remove_waiting(keys, tickets)
    end
  end
  return gone
end

local function list_of(name, lines)
  return #lines > 0 and ',"' .. name .. '":[' .. table.concat(lines, ',') .. ']' or ''
end

local function lines_of(tickets)
  local lines = {}
  for i, ticket in ipairs(tickets) do
    lines[i] = ticket.line
  end
  return lines
end

-- Offers what is available to those who wait and returns that as it stands in the journal, behind
-- the other fields of its entry. I2: in the same call as whatever gave units back, so that no
-- newcomer comes in between.
local function offer_to_waiting(keys, stateKey, max)
  local plan = plan_offers(keys, max)
  table.sort(plan.passed)
  make_offers(keys, plan, tonumber(redis.call('HGET', stateKey, 'seq')) + 1)
  return list_of('offers', lines_of(plan.offers)) .. list_of('over', lines_of(plan.over))
    .. list_of('passed', plan.passed) .. (plan.more and ',"more":true' or '')
    .. (plan.hasOrigin and ',"at":' .. string.format('%.0f', plan.at) or '')
end
