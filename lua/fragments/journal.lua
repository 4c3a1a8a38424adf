-- Guards and the journal, shared by every script that changes a shard.

-- True when the caller's epoch is the shard's. I9: after a rebuild nothing of an older epoch writes.
local function epoch_is(epochKey, epoch)
  return redis.call('GET', epochKey) == epoch
end

-- Redis's clock in ms.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Appends entries (JSON texts) to the journal as seq + 1, seq + 2, … and returns the last seq.
-- A stream refuses an id that is not higher than the last one, so a seq is never given twice.
local function append(stateKey, journalKey, entries)
  local seq = tonumber(redis.call('HGET', stateKey, 'seq'))
  for _, entry in ipairs(entries) do
    seq = seq + 1
    redis.call('XADD', journalKey, string.format('%.0f-0', seq), 'e', entry)
  end
  redis.call('HSET', stateKey, 'seq', seq)
  return seq
end
