#!lua
--[[
  Decides a group of batches in line order and appends one entry per batch to the journal.

  I2: jobs are decided contiguously: a gap changes nothing. I3: a batch at or before the last
  decided job, or whose uid has an outcome, is not decided again. I1, I6: stock and claims change in
  the same call. Everything is read and decided first and written last: a Lua error rolls nothing
  back.

  KEYS  1 epoch  2 state  3 journal  4 cancels, then for each sale of the group
        sale, buyers, holds, attempts, waiters, shapes, origins, outcomes
  ARGV  1 epoch  2 number of sales, then their ids in the order of KEYS, then the first job's id,
        then for each job, by ascending id without gaps, its batch (JSON, see src/domain/entry.ts)
        or "!why" for one that is skipped (removed, malformed, unknown_sale)

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED sale          the sale's keys are missing, or those of its tickets; nothing was
                             changed
    GAP decided              the jobs behind `decided` come first; nothing was changed
    DECIDED decided seq      the last decided job and the last journal entry
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local SALE_KEYS = 8
local FIELDS = {
  'starts', 'ends', 'closed', 'limit', 'line', 'n', 'waitlist', 'waiting', 'offering', 'holdCount',
  'holdWindow', 'missing',
}

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end

-- The sales of the group, read once. Their counters and claims change in memory and are written at
-- the end.
local function read_sale(id, base)
  local fields = redis.call('HMGET', KEYS[base], unpack(FIELDS))
  if not fields[1] or (fields[12] or '') ~= '' then
    return nil
  end
  local products = tonumber(fields[6])
  local names = {}
  for index = 0, products - 1 do
    names[#names + 1] = 'a' .. index
    names[#names + 1] = 'h' .. index
  end
  local counts = redis.call('HMGET', KEYS[base], unpack(names))
  local sale = {
    id = id, base = base, starts = tonumber(fields[1]), ends = tonumber(fields[2]),
    closed = fields[3] ~= '', limit = tonumber(fields[4]), line = tonumber(fields[5]),
    products = products, available = {}, held = {}, buyers = {}, attempts = {},
    waitlist = tonumber(fields[7]), waiting = tonumber(fields[8]), offering = fields[9] ~= '',
    waiters = {}, newBuyers = {}, newHolds = {}, newAttempts = {}, newWaiters = {}, newShapes = {},
    holdCount = tonumber(fields[10]) or 0, holdWindow = tonumber(fields[11]),
    origins = {}, newOrigins = {}, newOutcomes = {},
  }
  for index = 0, products - 1 do
    sale.available[index] = tonumber(counts[2 * index + 1])
    sale.held[index] = tonumber(counts[2 * index + 2])
  end
  sale.holdsOf = function(hash)
    return sale.origins[hash]
  end
  return sale
end

local saleCount = tonumber(ARGV[2])
local sales = {}
for i = 1, saleCount do
  local id = ARGV[2 + i]
  local sale = read_sale(id, 5 + (i - 1) * SALE_KEYS)
  if not sale then
    return { 'NOT_LOADED', id }
  end
  sales[id] = sale
end

local state = redis.call('HMGET', KEYS[2], 'decided', 'seq')
local decided, seq = tonumber(state[1]), tonumber(state[2])
local firstJob = tonumber(ARGV[3 + saleCount])
if firstJob > decided + 1 then
  return { 'GAP', decided }
end

local cancelsWaiting = redis.call('EXISTS', KEYS[4]) == 1
local entries = {}

-- Fills cache[field] from the hash for the given fields, in chunks that unpack() can take.
local function read_into(cache, key, fields)
  for from = 1, #fields, 1000 do
    local to = math.min(from + 999, #fields)
    local values = redis.call('HMGET', key, unpack(fields, from, to))
    for i = from, to do
      cache[fields[i]] = values[i - from + 1]
    end
  end
end

-- The keyed hash of a ticket's attempt, nil if it has none.
local function key_of(ticket)
  return ticket[3] ~= '' and ticket[3] or nil
end

local function read_claims(sale, tickets)
  local buyers, keys, hashes, asked = {}, {}, {}, {}
  for _, ticket in ipairs(tickets) do
    local buyer, key = ticket[1], key_of(ticket)
    if sale.buyers[buyer] == nil and not asked[buyer] then
      asked[buyer] = true
      buyers[#buyers + 1] = buyer
    end
    if key and sale.attempts[key] == nil then
      keys[#keys + 1] = key
    end
    for hash in string.gmatch(ticket[4] or '', '[^,]+') do
      if sale.origins[hash] == nil then
        hashes[#hashes + 1] = hash
      end
    end
  end
  read_into(sale.buyers, KEYS[sale.base + 1], buyers)
  if sale.waiting > 0 then
    read_into(sale.waiters, KEYS[sale.base + 4], buyers)
  end
  read_into(sale.attempts, KEYS[sale.base + 3], keys)
  read_into(sale.origins, KEYS[sale.base + 6], hashes)
end

-- Whether a cancel is requested for the ticket, or for the attempt that it is the first of.
local function is_cancelled(sale, identity, items, key)
  return redis.call('ZSCORE', KEYS[4], identity)
    or (key and not sale.attempts[key] and redis.call('ZSCORE', KEYS[4], key .. '.' .. items))
end

local shapes = {}
local function shape_of(text)
  local shape = shapes[text]
  if not shape then
    local items, units = parse_items(text)
    shape = { items = items, units = units }
    shapes[text] = shape
  end
  return shape
end

-- A ticket as text, see src/domain/ticket.ts. Built only when it is stored: most tickets win
-- nothing.
local function ref_of(batch, job, ticket, i)
  return batch.uid .. '.' .. (i - 1) .. '.' .. job .. '.' .. (batch.pos - #batch.t + i) .. '.'
    .. batch.epoch .. '.' .. ticket[2] .. '.' .. (key_of(ticket) or '')
end

-- The outcome's letter (src/domain/outcome.ts) of one ticket and, for D, the ticket that has the
-- claim.
local function decide_ticket(sale, batch, job, ticket, i)
  local buyer, items, key, origin = ticket[1], ticket[2], key_of(ticket), ticket[4]
  local shape = shape_of(items)

  if cancelsWaiting and is_cancelled(sale, batch.uid .. '.' .. (i - 1), items, key) then
    return 'C'
  end
  if sale.closed or batch.at < sale.starts or batch.at >= sale.ends then
    return 'X'
  end
  for _, item in ipairs(shape.items) do
    if item[1] >= sale.products then
      return 'U'
    end
  end
  for _, item in ipairs(shape.items) do
    if item[2] < 1 then
      return 'Q'
    end
  end
  if key and sale.attempts[key] then
    return 'D', sale.attempts[key]
  end
  local units, live = parse_buyer(sale.buyers[buyer])
  if sale.waiters[buyer] then
    live = waiter_ref(sale.waiters[buyer])
  end
  if live ~= '' then
    return 'D', live
  end
  if units + shape.units > sale.limit then
    return 'L'
  end
  if is_over_holds(origin, sale.holdsOf, batch.at, sale.holdCount, sale.holdWindow) then
    return 'M'
  end
  local isThere = fits(shape.items, sale.available)
  if sale.offering or not isThere then
    -- It waits whether anything is held or not: what is paid may still be refunded. Units that are
    -- being offered to tickets ahead are not sold out: it waits even if the waitlist is full.
    if sale.waiting >= sale.waitlist and not isThere then
      return 'S'
    end
    local record = sale.line .. '|' .. ref_of(batch, job, ticket, i) .. '|' .. (origin or '')
    sale.waiting = sale.waiting + 1
    sale.waiters[buyer] = record
    sale.newWaiters[buyer] = record
    sale.newShapes[#sale.newShapes + 1] = shape_member(items, sale.line, buyer)
    return 'W'
  end

  for _, item in ipairs(shape.items) do
    sale.available[item[1]] = sale.available[item[1]] - item[2]
    sale.held[item[1]] = sale.held[item[1]] + item[2]
  end
  local ref = ref_of(batch, job, ticket, i)
  local record = (units + shape.units) .. '|' .. ref
  sale.buyers[buyer] = record
  sale.newBuyers[buyer] = record
  sale.newHolds[ref_identity(ref)] = seq .. '|' .. ref .. '|' .. buyer
  for hash in string.gmatch(origin or '', '[^,]+') do
    sale.origins[hash] = with_hold(sale.origins[hash], batch.at)
    sale.newOrigins[hash] = sale.origins[hash]
  end
  return 'H'
end

local function decide_batch(job, raw)
  local batch = cjson.decode(raw)
  local sale, tickets = sales[batch.sale], batch.t
  if sale.newOutcomes[batch.uid]
    or redis.call('HEXISTS', KEYS[sale.base + 7], batch.uid) == 1 then
    entries[#entries + 1] = '{"k":"skip","job":' .. job .. ',"why":"copy"}'
    return
  end

  local letters, details, line = {}, {}, sale.line
  read_claims(sale, tickets)
  for i, ticket in ipairs(tickets) do
    local key = key_of(ticket)
    local known = key and sale.attempts[key]
    local letter, other
    if known and ref_items(known) == ticket[2] then
      letter, other = 'R', known -- a repeat of the attempt takes no number
    else
      sale.line = sale.line + 1
      letter, other = decide_ticket(sale, batch, job, ticket, i)
      if key and not known then
        local ref = ref_of(batch, job, ticket, i)
        sale.attempts[key] = ref
        sale.newAttempts[key] = ref
      end
    end
    letters[i] = letter
    if other then
      details[#details + 1] = '"' .. (i - 1) .. '":"' .. other .. '"'
    end
  end

  local out = table.concat(letters)
  local more = #details > 0 and '{' .. table.concat(details, ',') .. '}' or ''
  sale.newOutcomes[batch.uid] = seq .. '|' .. job .. '|' .. line .. '|' .. out .. '|' .. more
  -- Concatenated, because this is the hot path: `out` is letters, refs consist of what the schema
  -- in src/line/lookahead.ts allows (no quotes, no backslashes), and `raw` was parsed as JSON
  -- there.
  entries[#entries + 1] = '{"k":"decide","job":' .. job .. ',"line":' .. line
    .. ',"out":"' .. out .. '"' .. (more ~= '' and ',"refs":' .. more or '')
    .. ',"batch":' .. raw .. '}'
end

for i = 4 + saleCount, #ARGV do
  local job = firstJob + i - 4 - saleCount
  if job > decided then
    seq = seq + 1 -- the entry that this job will get
    local raw = ARGV[i]
    local number = string.format('%.0f', job) -- plain .. writes 1e+14 from there on
    if string.sub(raw, 1, 1) == '!' then
      entries[#entries + 1] = '{"k":"skip","job":' .. number
        .. text_field('why', string.sub(raw, 2)) .. '}'
    else
      decide_batch(number, raw)
    end
    decided = job
  end
end

if #entries == 0 then
  return { 'DECIDED', decided, seq }
end

-- Writes a table of fields, in chunks that unpack() can take.
local function write_all(key, values)
  local flat = {}
  for field, value in pairs(values) do
    flat[#flat + 1] = field
    flat[#flat + 1] = value
    if #flat == 2000 then
      redis.call('HSET', key, unpack(flat))
      flat = {}
    end
  end
  if #flat > 0 then
    redis.call('HSET', key, unpack(flat))
  end
end

seq = append(KEYS[2], KEYS[3], entries)
redis.call('HSET', KEYS[2], 'decided', decided)
for _, sale in pairs(sales) do
  local fields = { line = sale.line, waiting = sale.waiting }
  for index = 0, sale.products - 1 do
    fields['a' .. index] = sale.available[index]
    fields['h' .. index] = sale.held[index]
  end
  write_all(KEYS[sale.base], fields)
  write_all(KEYS[sale.base + 1], sale.newBuyers)
  write_all(KEYS[sale.base + 2], sale.newHolds)
  write_all(KEYS[sale.base + 3], sale.newAttempts)
  write_all(KEYS[sale.base + 4], sale.newWaiters)
  write_all(KEYS[sale.base + 6], sale.newOrigins)
  write_all(KEYS[sale.base + 7], sale.newOutcomes)
  for _, member in ipairs(sale.newShapes) do
    redis.call('ZADD', KEYS[sale.base + 5], 0, member)
  end
end
return { 'DECIDED', decided, seq }
