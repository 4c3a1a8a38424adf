#!lua
--[[
  Continues offering to the waitlist where another script had to stop at its bound.

  I2: until it has finished, newcomers line up behind (decide.lua).

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
  ARGV  1 epoch  2 sale id  3 most tickets to take off the waitlist

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    IDLE           nothing is being offered
    OFFERED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local offering = redis.call('HGET', KEYS[4], 'offering')
if not offering then
  return { 'NOT_LOADED' }
end
if offering == '' then
  return { 'IDLE' }
end
local keys = waitlist_keys(KEYS, 4)
local offers = offer_to_waiting(keys, KEYS[2], tonumber(ARGV[3]))
return { 'OFFERED', append(KEYS[2], KEYS[3], { entry_of('offer', ARGV[2], offers) }) }
