;; What instrument.ts puts into a module beside its wrappers. A line of the trace is written to memory that the module
;; does not know of, and then logged:
;;
;;   @trace <the VM's number> <what happened><which function> <value> ...
;;
;; Numbers are in hexadecimal, 8 or 16 digits; bytes begin with a quotation mark; more than 4 KiB of them are a size, a
;; sum and the first 32.
;;
;; The memory is the last of many pages that nothing else comes near to: allocators that know of gaps leave it alone,
;; and those that do not take what lies before it.
(global $trace.base (mut i32) (i32.const 0))
(global $trace.at (mut i32) (i32.const 0))
(func $trace.start
  (local $before i32)
  (local.set $before (memory.grow (i32.const 1024)))
  (if (i32.eq (local.get $before) (i32.const -1)) (then (unreachable)))
  (global.set $trace.base (i32.shl (i32.add (local.get $before) (i32.const 1022)) (i32.const 16)))
  ;; The VM's number.
  (drop (call $trace.random (global.get $trace.base) (i32.const 4))))
(func $trace.byte (param $byte i32)
  (i32.store8 (global.get $trace.at) (local.get $byte))
  (global.set $trace.at (i32.add (global.get $trace.at) (i32.const 1))))
(func $trace.digit (param $digit i32)
  (call $trace.byte
    (i32.add (local.get $digit)
      (select (i32.const 0x57) (i32.const 0x30) (i32.gt_u (local.get $digit) (i32.const 9))))))
(func $trace.hex (param $value i64) (param $bits i64)
  (loop $digits
    (local.set $bits (i64.sub (local.get $bits) (i64.const 4)))
    (call $trace.digit
      (i32.and (i32.wrap_i64 (i64.shr_u (local.get $value) (local.get $bits))) (i32.const 15)))
    (br_if $digits (i64.ne (local.get $bits) (i64.const 0)))))
(func $trace.u32 (param $value i32)
  (call $trace.byte (i32.const 0x20))
  (call $trace.hex (i64.extend_i32_u (local.get $value)) (i64.const 32)))
(func $trace.u64 (param $value i64)
  (call $trace.byte (i32.const 0x20))
  (call $trace.hex (local.get $value) (i64.const 64)))
(func $trace.line (param $what i32) (param $which i32)
  ;; The number itself lies before the line.
  (global.set $trace.at (i32.add (global.get $trace.base) (i32.const 8)))
  (i64.store (global.get $trace.at) (i64.const 0x2065636172744020)) ;; " @trace "
  (global.set $trace.at (i32.add (global.get $trace.at) (i32.const 8)))
  (call $trace.hex (i64.load32_u (global.get $trace.base)) (i64.const 32))
  (call $trace.byte (i32.const 0x20))
  (call $trace.byte (local.get $what))
  (call $trace.u32 (local.get $which)))
(func $trace.end
  (local $from i32)
  (local.set $from (i32.add (global.get $trace.base) (i32.const 9)))
  (drop (call $trace.log (i32.const 2) (local.get $from)
    (i32.sub (global.get $trace.at) (local.get $from)))))
(func $trace.out32 (param $at i32)
  (call $trace.u32 (i32.load (local.get $at))))
(func $trace.out64 (param $at i32)
  (call $trace.u64 (i64.load (local.get $at))))
(func $trace.outBytes (param $at i32) (param $sizeAt i32)
  (call $trace.bytes (i32.load (local.get $at)) (i32.load (local.get $sizeAt))))
(func $trace.bytes (param $at i32) (param $size i32)
  (local $to i32) (local $sum i32) (local $next i32)
  (call $trace.byte (i32.const 0x20))
  (call $trace.byte (i32.const 0x22))
  (local.set $to (i32.add (local.get $at) (local.get $size)))
  (if (i32.gt_u (local.get $size) (i32.const 4096))
    (then
      (local.set $next (local.get $at))
      (loop $sums
        (local.set $sum
          (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (local.get $next))))
        (local.set $next (i32.add (local.get $next) (i32.const 1)))
        (br_if $sums (i32.ne (local.get $next) (local.get $to))))
      (call $trace.byte (i32.const 0x23))
      (call $trace.hex (i64.extend_i32_u (local.get $size)) (i64.const 32))
      (call $trace.hex (i64.extend_i32_u (local.get $sum)) (i64.const 32))
      (local.set $to (i32.add (local.get $at) (i32.const 32)))))
  (block $done
    (loop $bytes
      (br_if $done (i32.eq (local.get $at) (local.get $to)))
      (call $trace.hex (i64.load8_u (local.get $at)) (i64.const 8))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $bytes))))
