-- The filter has no configuration but its script, and nothing that decodes base64.
local users = {
  { "alice", "wonderland" },
  { "bob", "builder-2024" },
  { "carol", "open:sesame" },
  { "dave", "p4ssw0rd" },
  { "erin", "correct horse battery staple" },
}

local places = {}
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
for i = 1, #alphabet do places[alphabet:byte(i)] = i - 1 end

local function decode(text)
  if #text % 4 ~= 0 then return nil end
  local characters = text:gsub("==?$", "")
  local bytes, bits, held = {}, 0, 0
  for i = 1, #characters do
    local place = places[characters:byte(i)]
    if not place then return nil end
    bits = bits * 64 + place
    held = held + 6
    if held >= 8 then
      held = held - 8
      local byte = math.floor(bits / 2 ^ held)
      bytes[#bytes + 1] = string.char(byte)
      bits = bits - byte * 2 ^ held
    end
  end
  if bits ~= 0 then return nil end
  return table.concat(bytes)
end

local function user_in(field)
  if not field or field:sub(1, 6) ~= "Basic " then return nil end
  local pair = decode(field:sub(7))
  local colon = pair and pair:find(":", 1, true)
  if not colon then return nil end
  local name, password = pair:sub(1, colon - 1), pair:sub(colon + 1)
  for _, user in ipairs(users) do
    if user[1] == name and user[2] == password then return name end
  end
  return nil
end

function envoy_on_request(request)
  local user = user_in(request:headers():get("authorization"))
  if user then
    request:headers():replace("x-user", user)
  else
    request:respond({ [":status"] = "401", ["www-authenticate"] = 'Basic realm="bench"' }, "unauthorized")
  end
end
