function envoy_on_response(response)
  response:headers():remove("content-length")
  local body = response:body()
  if not body then return end
  local changed = body:getBytes(0, body:length()):gsub("internal%.example", "public.example.com")
  body:setBytes(changed)
end
