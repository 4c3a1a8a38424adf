#!lua
--[[
  Changes a sale's settings or the texts and prices of its products. Applies to later decisions.

  KEYS  1 epoch  2 state  3 journal  4 sale
  ARGV  1 epoch  2 the journal entry (JSON)
        3 "1" if it changes what is frozen once the sale has opened
        4… fields and values of the sale's hash (starts, ends, limit, holdMs, holdCount,
        holdWindow)

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    CLOSED        the sale is closed or has ended
    OPENED        the sale has opened: start, price and currency are frozen
    BAD_WINDOW    the sale would end before it starts
    EDITED seq
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', KEYS[4], 'starts', 'ends', 'closed')
if not sale[1] then
  return { 'NOT_LOADED' }
end
if sale[3] ~= '' then
  return { 'CLOSED' }
end
if ARGV[3] == '1' and now_ms() >= tonumber(sale[1]) then
  return { 'OPENED' }
end
local window = { starts = tonumber(sale[1]), ends = tonumber(sale[2]) }
for i = 4, #ARGV, 2 do
  window[ARGV[i]] = tonumber(ARGV[i + 1])
end
if window.ends <= window.starts then
  return { 'BAD_WINDOW' }
end
if #ARGV > 4 then
  redis.call('HSET', KEYS[4], unpack(ARGV, 4))
end
return { 'EDITED', append(KEYS[2], KEYS[3], { ARGV[2] }) }
