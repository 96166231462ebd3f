;; The host calls that the workload `transform` makes for the request that is timed, with the texts that they then have:
;; it takes the fields from the host and does not read them.
(module
  (import "env" "proxy_get_header_map_pairs"
    (func $pairs (param i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_remove_header_map_value"
    (func $remove (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x-internal-user")
  (data (i32.const 48) "x-internal-trace")
  (data (i32.const 80) "x-forwarded-tenant")
  (data (i32.const 112) "t-acme")
  (data (i32.const 128) ":path")
  (data (i32.const 144) "/api/orders/4711?expand=items")
  (data (i32.const 192) "x-path")
  (data (i32.const 208) "/v1/orders/4711?expand=items")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 32768))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $pairs (i32.const 0) (i32.const 0) (i32.const 4)))
    (drop (call $remove (i32.const 0) (i32.const 16) (i32.const 15)))
    (drop (call $remove (i32.const 0) (i32.const 48) (i32.const 16)))
    (drop (call $replace (i32.const 0) (i32.const 80) (i32.const 18) (i32.const 112) (i32.const 6)))
    (drop (call $replace (i32.const 0) (i32.const 128) (i32.const 5) (i32.const 144) (i32.const 29)))
    (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace (i32.const 2) (i32.const 192) (i32.const 6) (i32.const 208) (i32.const 28)))
    (i32.const 0)))
