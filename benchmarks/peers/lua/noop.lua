function envoy_on_request(request)
end

function envoy_on_response(response)
end
