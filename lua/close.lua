#!lua
--[[
  Closes a sale: at once by its seller, or because its time is over. Later decisions are rejections
  (sale_closed); the waitlist ends (sold_out); holders may still pay.

  The end waits until the batches accepted before endsAt are decided: the caller passes the last job
  queued when the window and its grace were over.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 waiters  6 shapes
  ARGV  1 epoch  2 sale id  3 cause (closed, ended), then for ended
        4 the job that must be decided first (0: none)  5 grace after endsAt in ms

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    CLOSED        it was closed or had ended before
    TOO_EARLY     its time is not over, or tickets of it may still be waiting (ended only)
    DONE seq
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', KEYS[4], 'ends', 'closed')
if not sale[1] then
  return { 'NOT_LOADED' }
end
if sale[2] ~= '' then
  return { 'CLOSED' }
end
if ARGV[3] == 'ended' then
  local decided = tonumber(redis.call('HGET', KEYS[2], 'decided'))
  if now_ms() < tonumber(sale[1]) + tonumber(ARGV[5]) or decided < tonumber(ARGV[4]) then
    return { 'TOO_EARLY' }
  end
end
redis.call('HSET', KEYS[4], 'closed', ARGV[3], 'waiting', 0, 'offering', '')
redis.call('UNLINK', KEYS[5], KEYS[6])
local entry = entry_of('close', ARGV[2], text_field('cause', ARGV[3]))
return { 'DONE', append(KEYS[2], KEYS[3], { entry }) }
