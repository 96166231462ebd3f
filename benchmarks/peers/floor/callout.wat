;; The host calls of the workload `callout`. Which stream a call is for lies in a table of 1,024 places, by the call's
;; number.
(module
  (import "env" "proxy_http_call"
    (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value"
    (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func $select (param i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "service")
  (data (i32.const 32) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\06\00\00\00\0a\00\00\00\07\00\00\00")
  (data (i32.const 60) ":method\00GET\00:path\00/check\00:authority\00service\00")
  (data (i32.const 128) ":status")
  (data (i32.const 144) "x-call")
  (data (i32.const 160) "failed")
  (func $place (param $id i32) (result i32)
    (i32.add (i32.const 16384) (i32.and (local.get $id) (i32.const 4092))))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 32768))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param $context i32) (param i32 i32) (result i32)
    (if (call $call (i32.const 16) (i32.const 7) (i32.const 32) (i32.const 72)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 8))
      (then
        (drop (call $replace (i32.const 0) (i32.const 144) (i32.const 6) (i32.const 160) (i32.const 6)))
        (return (i32.const 0))))
    (i32.store (call $place (i32.load (i32.const 8))) (local.get $context))
    (i32.const 1))
  (func (export "proxy_on_http_call_response") (param $root i32) (param $id i32) (param i32 i32 i32)
    (local $failed i32)
    (local.set $failed
      (call $get (i32.const 6) (i32.const 128) (i32.const 7) (i32.const 0) (i32.const 4)))
    (drop (call $select (i32.load (call $place (local.get $id)))))
    (if (local.get $failed)
      (then
        (drop (call $replace (i32.const 0) (i32.const 144) (i32.const 6) (i32.const 160) (i32.const 6))))
      (else
        (drop
          (call $replace (i32.const 0) (i32.const 144) (i32.const 6)
            (i32.load (i32.const 0)) (i32.load (i32.const 4))))))
    (drop (call $continue (i32.const 0)))))
