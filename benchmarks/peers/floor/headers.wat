;; The host calls of the workload `headers`, and nothing else: the value goes back from where the host has put it.
(module
  (import "env" "proxy_get_header_map_value"
    (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_remove_header_map_value"
    (func $remove (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x-bench")
  (data (i32.const 32) "x-seen")
  (data (i32.const 48) "none")
  (data (i32.const 64) "hello")
  (data (i32.const 80) "world")
  (data (i32.const 96) "x-powered-by")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 32768))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (if (call $get (i32.const 0) (i32.const 16) (i32.const 7) (i32.const 0) (i32.const 4))
      (then
        (drop (call $replace (i32.const 0) (i32.const 32) (i32.const 6) (i32.const 48) (i32.const 4))))
      (else
        (drop
          (call $replace (i32.const 0) (i32.const 32) (i32.const 6)
            (i32.load (i32.const 0)) (i32.load (i32.const 4))))))
    (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace (i32.const 2) (i32.const 64) (i32.const 5) (i32.const 80) (i32.const 5)))
    (drop (call $remove (i32.const 2) (i32.const 96) (i32.const 12)))
    (i32.const 0)))
