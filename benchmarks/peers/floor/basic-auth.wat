;; The host calls that the workload `basic-auth` makes for the request that is timed: it asks for the field and does not
;; read it.
(module
  (import "env" "proxy_get_header_map_value"
    (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "authorization")
  (data (i32.const 32) "x-user")
  (data (i32.const 48) "carol")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 32768))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get (i32.const 0) (i32.const 16) (i32.const 13) (i32.const 0) (i32.const 4)))
    (drop (call $replace (i32.const 0) (i32.const 32) (i32.const 6) (i32.const 48) (i32.const 5)))
    (i32.const 0)))
