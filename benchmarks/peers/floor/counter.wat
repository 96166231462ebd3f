;; The workload `counter`: its host calls, an addition, and the digits of the sum.
(module
  (import "env" "proxy_get_shared_data"
    (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data"
    (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "bench.requests")
  (data (i32.const 64) "x-count")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 32768))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func $count (result i64)
    (local $count i64)
    (loop $again (result i64)
      (local.set $count (i64.const 0))
      (if (call $get (i32.const 32) (i32.const 14) (i32.const 0) (i32.const 4) (i32.const 8))
        ;; Any version but 0 writes a key that is not there, and no other.
        (then (i32.store (i32.const 8) (i32.const -1)))
        (else
          (if (i32.eq (i32.load (i32.const 4)) (i32.const 8))
            (then (local.set $count (i64.load (i32.load (i32.const 0))))))))
      (local.set $count (i64.add (local.get $count) (i64.const 1)))
      (i64.store (i32.const 16) (local.get $count))
      (br_if $again
        (call $set (i32.const 32) (i32.const 14) (i32.const 16) (i32.const 8) (i32.load (i32.const 8))))
      (local.get $count)))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $rest i64)
    (local $at i32)
    (local.set $rest (call $count))
    (local.set $at (i32.const 128))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i64.store8 (local.get $at)
        (i64.add (i64.const 48) (i64.rem_u (local.get $rest) (i64.const 10))))
      (local.set $rest (i64.div_u (local.get $rest) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $rest) (i64.const 0))))
    (drop
      (call $replace (i32.const 0) (i32.const 64) (i32.const 7)
        (local.get $at) (i32.sub (i32.const 128) (local.get $at))))
    (i32.const 0)))
