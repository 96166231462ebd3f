function envoy_on_request(request)
  local headers = request:httpCall(
    "service",
    { [":method"] = "GET", [":path"] = "/check", [":authority"] = "service" },
    nil,
    1000
  )
  request:headers():replace("x-call", headers[":status"] or "failed")
end
