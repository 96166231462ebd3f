function envoy_on_request(request)
  local headers = request:headers()
  local internal = {}
  for name, value in pairs(headers) do
    if name:sub(1, 11) == "x-internal-" then internal[#internal + 1] = name end
  end
  for _, name in ipairs(internal) do headers:remove(name) end
  local tenant = headers:get("x-tenant")
  if tenant then headers:replace("x-forwarded-tenant", "t-" .. tenant) end
  local path = headers:get(":path")
  -- What a response needs of its request can be kept nowhere else.
  request:streamInfo():dynamicMetadata():set("bench", "path", path)
  if path:sub(1, 4) == "/v1/" then headers:replace(":path", "/api/" .. path:sub(5)) end
end

function envoy_on_response(response)
  local kept = response:streamInfo():dynamicMetadata():get("bench")
  response:headers():replace("x-path", kept["path"])
end
