-- Guards, entries and the journal, shared by every script that changes a shard.

-- True if the caller's epoch is the shard's. I9: after a rebuild nothing of an older epoch writes.
local function epoch_is(epochKey, epoch)
  return redis.call('GET', epochKey) == epoch
end

-- Redis's clock in ms.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- A field of an entry: text is escaped, so no id can end its string and add fields of its own.
local function text_field(name, text)
  return ',"' .. name .. '":' .. cjson.encode(text)
end

-- A field of an entry whose value is JSON already: a number, true, or what JSON.stringify made.
local function json_field(name, json)
  return ',"' .. name .. '":' .. json
end

-- A field of an entry whose value is an array of JSON texts; omitted when it is empty.
local function list_field(name, values)
  return #values > 0 and json_field(name, '[' .. table.concat(values, ',') .. ']') or ''
end

-- An entry on a sale as JSON, its fields in the order given. cjson.encode of a table would lose the
-- order, and write numbers from 1e+14 on as such.
local function entry_of(kind, sale, ...)
  return '{"k":"' .. kind .. '"' .. text_field('sale', sale) .. table.concat({ ... }) .. '}'
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
