-- Positions in the line: how many were given out, and the highest that was passed, of the sale and
-- of its shard.
--   accepted   by sale id, and "*" for the shard: positions given out
--   progress   "p:<sale id>", and "p:*" for the shard: the highest position passed

-- keys: accepted, progress, and the shard's queue: wait, active.
local function read_places(keys, sale)
  local taken = redis.call('HMGET', keys.accepted, sale, '*')
  local passed = redis.call('HMGET', keys.progress, 'p:' .. sale, 'p:*')
  local places = {
    sale = sale, taken = tonumber(taken[1] or 0), takenAll = tonumber(taken[2] or 0),
    passed = tonumber(passed[1] or 0), passedAll = tonumber(passed[2] or 0),
    isEmpty = redis.call('EXISTS', keys.wait, keys.active) == 0,
  }
  -- Nothing waits in an empty queue: positions that an API process took before it died, without
  -- queueing their batch, are passed.
  if places.isEmpty then
    places.passed, places.passedAll = places.taken, places.takenAll
  end
  return places
end

-- Whether `count` more tickets would exceed `max` waiting ones in the shard.
local function is_full(places, count, max)
  return places.takenAll + count - places.passedAll > max
end

-- Gives out `count` positions.
local function take_places(keys, places, count)
  local sale = places.sale
  if places.isEmpty then
    redis.call('HSET', keys.progress, 'p:' .. sale, places.passed, 'p:*', places.passedAll)
  end
  if count > 0 then
    places.taken, places.takenAll = places.taken + count, places.takenAll + count
    redis.call('HSET', keys.accepted, sale, places.taken, '*', places.takenAll)
  end
end
