-- Items, tickets and buyers as they are written in Redis.
--   items   "0x1-2x3": product index x quantity, ascending by index
--   ref     "uid.index.job.position.epoch.items.key": a ticket (key may be empty)
--   buyer   "units|ref": units held or bought, and the ticket of the live claim, if any
--   hold    "seq|ref|buyer": the journal entry that made it, its ticket, its owner

-- "0x1-2x3" as {{index, quantity}, …} and the sum of the quantities.
local function parse_items(text)
  local items, units = {}, 0
  for index, quantity in string.gmatch(text, '(%d+)x(%d+)') do
    items[#items + 1] = { tonumber(index), tonumber(quantity) }
    units = units + tonumber(quantity)
  end
  return items, units
end

local function ref_identity(ref)
  return string.match(ref, '^[^.]*%.%d+')
end

local function ref_items(ref)
  return string.match(ref, '^[^.]*%.%d+%.%d+%.%d+%.%d+%.([^.]*)')
end

-- "units|ref" as units, ref; nothing on record is 0, "".
local function parse_buyer(record)
  if not record then
    return 0, ''
  end
  local units, ref = string.match(record, '^(%d+)|(.*)$')
  return tonumber(units), ref
end

-- "seq|ref|buyer" as seq, ref, buyer.
local function parse_hold(record)
  local seq, ref, buyer = string.match(record, '^(%d+)|([^|]*)|(.*)$')
  return tonumber(seq), ref, buyer
end
