function envoy_on_response(response)
  local body = response:body()
  if body then
    local changed = body:getBytes(0, body:length()):gsub("internal%.example", "public.example.com")
    body:setBytes(changed)
  end
  -- The other peers do not know the length when they send the headers; this filter has just set it.
  response:headers():remove("content-length")
end
