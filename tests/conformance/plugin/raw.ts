/**
 * Hostcalls as a plugin could make them that does not use the SDK, with whatever numbers it likes. What comes back is
 * for the trace; nothing here looks at it.
 */

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_size")
declare function headerMapSize(map: i32, out: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
declare function headerMapPairs(map: i32, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function headerMapValue(map: i32, name: usize, nameSize: usize, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function addHeader(map: i32, name: usize, nameSize: usize, value: usize, valueSize: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
declare function replaceHeader(map: i32, name: usize, nameSize: usize, value: usize, valueSize: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
declare function removeHeader(map: i32, name: usize, nameSize: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_status")
declare function bufferStatus(buffer: i32, size: usize, flags: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function bufferBytes(buffer: i32, start: usize, max: usize, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function setBuffer(buffer: i32, start: usize, max: usize, bytes: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_property")
declare function getProperty(path: usize, pathSize: usize, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_status")
declare function getStatus(code: usize, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function effectiveContext(id: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_done")
declare function done(): i32;

// @ts-ignore: decorator
@external("env", "proxy_log")
declare function logAt(level: i32, text: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function continueStream(stream: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_close_stream")
declare function closeStream(stream: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_grpc_send")
declare function grpcSend(call: i32, message: usize, size: usize, end: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_grpc_cancel")
declare function grpcCancel(call: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_grpc_close")
declare function grpcClose(call: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
declare function dequeue(queue: i32, out: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
declare function enqueue(queue: i32, entry: usize, size: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function sharedData(key: usize, keySize: usize, out: usize, size: usize, version: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function setSharedData(key: usize, keySize: usize, value: usize, size: usize, version: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_define_metric")
declare function defineMetric(type: i32, name: usize, size: usize, out: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_record_metric")
declare function recordMetric(metric: i32, value: i64): i32;

// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
declare function incrementMetric(metric: i32, delta: i64): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_metric")
declare function getMetric(metric: i32, out: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
declare function foreign(
  name: usize,
  nameSize: usize,
  args: usize,
  size: usize,
  out: usize,
  outSize: usize,
): i32;

/** Places that the host writes to. */
const outs = memory.data(16, 8);
const first = outs;
const second = outs + 4;
const third = outs + 8;

/** A text in UTF-8 with its size before it, as `ArrayBuffer` has it. */
function bytesOf(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

/** Reads all maps, also those that are not there, and one that no host knows. */
export function readMaps(): void {
  const status = bytesOf(":status");
  const mixed = bytesOf("X-MiXeD");
  const absent = bytesOf("x-absent");
  for (let map = 0; map < 10; map++) {
    headerMapSize(map, first);
    headerMapPairs(map, first, second);
    headerMapValue(map, changetype<usize>(status), status.byteLength, first, second);
    headerMapValue(map, changetype<usize>(mixed), mixed.byteLength, first, second);
    headerMapValue(map, changetype<usize>(absent), absent.byteLength, first, second);
  }
}

/** Changes all maps. */
export function writeMaps(): void {
  const name = bytesOf("X-Probe");
  const other = bytesOf("x-other");
  const value = bytesOf("V");
  for (let map = 0; map < 10; map++) {
    addHeader(map, changetype<usize>(name), name.byteLength, changetype<usize>(value), value.byteLength);
    addHeader(map, changetype<usize>(name), name.byteLength, changetype<usize>(value), value.byteLength);
    replaceHeader(
      map,
      changetype<usize>(other),
      other.byteLength,
      changetype<usize>(value),
      value.byteLength,
    );
    removeHeader(map, changetype<usize>(name), name.byteLength);
    replaceHeader(map, changetype<usize>(name), name.byteLength, changetype<usize>(name), name.byteLength);
    headerMapPairs(map, first, second);
  }
}

export function readBuffers(): void {
  for (let buffer = 0; buffer < 11; buffer++) {
    bufferStatus(buffer, first, second);
    bufferBytes(buffer, 0, 100, first, second);
    bufferBytes(buffer, 3, 4, first, second);
    bufferBytes(buffer, 1000, 4, first, second);
    bufferBytes(buffer, 8, -1, first, second);
  }
}

/** Writes into each buffer: in the middle, at its front, behind its end. */
export function writeBuffers(): void {
  const text = bytesOf("<>");
  for (let buffer = 0; buffer < 11; buffer++) {
    setBuffer(buffer, 1, 1, changetype<usize>(text), text.byteLength);
    setBuffer(buffer, 0, 0, changetype<usize>(text), text.byteLength);
    setBuffer(buffer, 10000, 0, changetype<usize>(text), text.byteLength);
    bufferBytes(buffer, 0, 100, first, second);
  }
}

/** Names what does not exist. */
export function nameNothing(): void {
  const text = bytesOf("no such thing");
  const at = changetype<usize>(text);
  logAt(9, at, text.byteLength);
  effectiveContext(9999);
  done();
  getStatus(first, second, third);
  continueStream(9);
  closeStream(9);
  for (let call = 0; call < 7; call++) {
    grpcSend(call, at, text.byteLength, 0);
    grpcCancel(call);
    grpcClose(call);
  }
  dequeue(9999, first, second);
  enqueue(9999, at, text.byteLength);
  sharedData(at, text.byteLength, first, second, third);
  foreign(at, text.byteLength, at, text.byteLength, first, second);
  for (let metric = 9996; metric < 9999; metric++) {
    recordMetric(metric, 1);
    incrementMetric(metric, 1);
    getMetric(metric, first);
  }
  defineMetric(3, at, text.byteLength, first);
}

/** Writes shared data over versions that are right, wrong and none. */
export function versionData(): void {
  const key = bytesOf("probed");
  const at = changetype<usize>(key);
  sharedData(at, key.byteLength, first, second, third);
  setSharedData(at, key.byteLength, at, key.byteLength, 0);
  sharedData(at, key.byteLength, first, second, third);
  const version = load<i32>(third);
  setSharedData(at, key.byteLength, at, 2, version + 1000);
  setSharedData(at, key.byteLength, at, 3, version);
  setSharedData(at, key.byteLength, at, 4, version);
  sharedData(at, key.byteLength, first, second, third);
  setSharedData(at, key.byteLength, at, 0, 0);
  sharedData(at, key.byteLength, first, second, third);
}

/** Counts with each kind of metric in each way. */
export function measure(): void {
  for (let type = 0; type < 3; type++) {
    const name = bytesOf("conformance.probe." + type.toString());
    defineMetric(type, changetype<usize>(name), name.byteLength, first);
    const metric = load<i32>(first);
    recordMetric(metric, 5);
    incrementMetric(metric, 2);
    getMetric(metric, second);
    incrementMetric(metric, 0);
    incrementMetric(metric, -1);
    recordMetric(metric, 3);
    getMetric(metric, second);
    defineMetric(type, changetype<usize>(name), name.byteLength, first);
    getMetric(load<i32>(first), second);
  }
}

/** Reads properties by their paths, with dots for NULs. */
export function readProperties(paths: string[]): void {
  for (let i = 0; i < paths.length; i++) {
    const path = bytesOf(paths[i].replaceAll(".", "\0"));
    getProperty(changetype<usize>(path), path.byteLength, first, second);
  }
}
