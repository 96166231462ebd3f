function envoy_on_request(request)
  local headers = request:headers()
  headers:replace("x-seen", headers:get("x-bench") or "none")
end

function envoy_on_response(response)
  local headers = response:headers()
  headers:replace("hello", "world")
  headers:remove("x-powered-by")
end
