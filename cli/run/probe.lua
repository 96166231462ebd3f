-- Stands before, between and behind the plugins, and tells in Envoy's log what passes: headers and trailers, and of a
-- body its size, a checksum and how it begins. The line `local place = N` goes before this text; place 0, nearest the
-- client, gives the stream its name.
local worker = tostring({}):gsub("[^%w]", "")
local count = 0
local shown = 200

local function quoted(text)
  local escaped = text:gsub('[%z\1-\31\\"\127-\255]', function(byte)
    return string.format("\\u%04x", byte:byte())
  end)
  return '"' .. escaped .. '"'
end

local function listed(fields)
  local list = {}
  for name, value in pairs(fields) do
    list[#list + 1] = "[" .. quoted(name) .. "," .. quoted(value) .. "]"
  end
  return '"fields":[' .. table.concat(list, ",") .. "]"
end

local function tell(handle, message, part, rest)
  local known = handle:streamInfo():dynamicMetadata():get("apw")
  if known == nil then return end
  handle:logInfo('apw-probe {"stream":"' .. known.stream .. '","message":"' .. message .. '","place":' .. place
    .. ',"part":"' .. part .. '",' .. rest .. "}")
end

local function watch(handle, message)
  tell(handle, message, "headers", listed(handle:headers()))
  local size, low, high, begin = 0, 1, 0, ""
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    if length > 0 then
      local bytes = chunk:getBytes(0, length)
      if #begin < shown then begin = begin .. bytes:sub(1, shown - #begin) end
      for i = 1, length do
        low = (low + bytes:byte(i)) % 65521
        high = (high + low) % 65521
      end
      size = size + length
    end
  end
  if size > 0 then
    tell(handle, message, "body", '"size":' .. size .. ',"sum":"' .. high .. "-" .. low .. '","begin":' .. quoted(begin))
  end
  local trailers = handle:trailers()
  if trailers ~= nil then tell(handle, message, "trailers", listed(trailers)) end
end

function envoy_on_request(handle)
  if place == 0 then
    count = count + 1
    handle:streamInfo():dynamicMetadata():set("apw", "stream", worker .. "-" .. count)
  end
  watch(handle, "request")
end

function envoy_on_response(handle)
  watch(handle, "response")
end
