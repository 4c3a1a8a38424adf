--[[
  The textbook's decision of one ticket: the checks of lua/decide.lua, then the stock. A loser's
  outcome is stored for polling at once; a winner's after its order is committed, by the worker.

  KEYS  1 sale  2 buyers  3 outcomes
  ARGV  1 ticket  2 buyer  3 product  4 quantity  5 time of acceptance in ms

  RETURNS the outcome and the line number; for a job that runs again, those of the first time
]]
local ticket, buyer, quantity, at = ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])

local known = redis.call('HGET', KEYS[3], ticket)
if known then
  local outcome, line = string.match(known, '^(.*)|(%d+)$')
  return { outcome, tonumber(line) }
end
local units, live = 0, nil
local record = redis.call('HGET', KEYS[2], buyer)
if record then
  local text, claim, line = string.match(record, '^(%d+)|(.*)|(%d+)$')
  if claim == ticket then
    return { 'held', tonumber(line) }
  end
  units, live = tonumber(text), claim
end

local line = redis.call('HINCRBY', KEYS[1], 'line', 1)
local function lose(outcome)
  redis.call('HSET', KEYS[3], ticket, outcome .. '|' .. line)
  return { outcome, line }
end

local stockField = 'stock:' .. ARGV[3]
local sale = redis.call('HMGET', KEYS[1], 'starts', 'ends', 'limit', stockField)
if at < tonumber(sale[1]) or at >= tonumber(sale[2]) then
  return lose('sale_closed')
end
if not sale[4] then
  return lose('unknown_product')
end
if quantity < 1 then
  return lose('invalid_quantity')
end
if live then
  return lose('duplicate')
end
if units + quantity > tonumber(sale[3]) then
  return lose('limit_reached')
end
if tonumber(sale[4]) < quantity then
  return lose('sold_out')
end

redis.call('HINCRBY', KEYS[1], stockField, -quantity)
redis.call('HSET', KEYS[2], buyer, (units + quantity) .. '|' .. ticket .. '|' .. line)
return { 'held', line }
