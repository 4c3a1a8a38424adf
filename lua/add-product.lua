#!lua
--[[
  Adds a product to a sale, after the others.

  KEYS  1 epoch  2 state  3 journal  4 sale
  ARGV  1 epoch  2 sale id  3 the product (JSON)  4 stock  5 products a sale may have

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    CLOSED        the sale is closed or has ended
    TOO_MANY      the sale has as many products as it may have
    ADDED seq index
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', KEYS[4], 'n', 'closed')
if not sale[1] then
  return { 'NOT_LOADED' }
end
if sale[2] ~= '' then
  return { 'CLOSED' }
end
local index = tonumber(sale[1])
if index >= tonumber(ARGV[5]) then
  return { 'TOO_MANY' }
end
redis.call('HSET', KEYS[4], 'n', index + 1, 'a' .. index, ARGV[4], 'h' .. index, 0, 's' .. index, 0)
local seq = append(KEYS[2], KEYS[3], {
  entry_of('product', ARGV[2], json_field('index', index), json_field('product', ARGV[3])),
})
return { 'ADDED', seq, index }
