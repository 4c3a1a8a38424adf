-- The sliding window of a minute by two counters: what was counted in this minute, and what was
-- counted in the one before, weighted by how much of it the last 60 s still cover. The same rule
-- without Redis: src/domain/request-window.ts. All is whole numbers of ms, so that both agree to the last
-- request.

local WINDOW_MS = 60000

-- What a quota has left, in ms of a window's requests: WINDOW_MS for each request that fits.
-- `before` and `during` count the last minute and this one, of which `elapsed` ms are over.
local function free_of(quota, before, during, elapsed)
  return (quota - during) * WINDOW_MS - before * (WINDOW_MS - elapsed)
end

-- In how many ms the next request fits, where none fits now.
local function wait_ms(quota, before, during, elapsed)
  if during < quota then
    return WINDOW_MS - elapsed - math.floor((quota - 1 - during) * WINDOW_MS / before)
  end
  -- Not in this minute: in the next one, once enough of this has gone.
  return 2 * WINDOW_MS - elapsed - math.floor((quota - 1) * WINDOW_MS / during)
end
