import { BodyBuffer } from "./body-buffer.js";
import { BufferType, HeaderMapType, LogLevel, MetricType, Status, type StreamType } from "./enums.js";
import { foreignFunction } from "./foreign.js";
import { HeaderMap } from "./header-map.js";
import { decodePairs } from "./pairs.js";
import { toText } from "./text.js";
import type { Vm } from "./vm.js";

/** Whether a module's number is a value of an enum. */
const isMap = (type: number) => type in HeaderMapType;
const isBuffer = (type: number) => type in BufferType;

/** Every hostcall of the ABI, with the statuses that Envoy gives. (cpp-host, `src/exports.cc`; Envoy, `context.cc`) */
export function hostcalls(vm: Vm): Record<string, (...args: never[]) => number | void> {
  const { settings } = vm;
  const { shared } = settings;
  const vmId = settings.vmId ?? "";
  const memory = () => vm.memory;
  const read = (address: number, size: number) => memory().read(address, size);
  const text = (address: number, size: number) => {
    const bytes = read(address, size);
    return bytes === undefined ? undefined : toText(bytes);
  };
  const context = () => vm.effective;
  const root = () => vm.effective?.root;
  const give = (bytes: Uint8Array, addressOut: number, sizeOut: number) =>
    memory().hand(bytes, addressOut, sizeOut) ? Status.Ok : Status.InvalidMemoryAccess;
  const giveNumber = (value: number, out: number) =>
    memory().writeU32(out, value) ? Status.Ok : Status.InvalidMemoryAccess;
  const metrics: { name: string; type: MetricType }[] = [];
  const metric = (id: number) => {
    const known = metrics[id - 1];
    return known && shared.metric(known.type, known.name);
  };
  const map = (type: HeaderMapType) => (isMap(type) ? context()?.headerMap(type) : undefined);
  const change = (
    type: HeaderMapType,
    name: [number, number],
    value: [number, number] | undefined,
    apply: (fields: HeaderMap, name: string, value: Uint8Array) => void,
  ) => {
    const field = text(...name);
    const content = value === undefined ? new Uint8Array(0) : read(...value);
    if (field === undefined || content === undefined) return Status.InvalidMemoryAccess;
    const fields = map(type);
    if (fields === undefined) return Status.BadArgument;
    apply(fields, field, content);
    return Status.Ok;
  };

  return {
    proxy_log: (level: LogLevel, address: number, size: number) => {
      const message = text(address, size);
      if (message === undefined) return Status.InvalidMemoryAccess;
      if (!(level in LogLevel)) return Status.BadArgument;
      settings.log(level, message);
      return Status.Ok;
    },
    proxy_get_log_level: (out: number) => giveNumber(settings.logLevel ?? LogLevel.Info, out),
    proxy_get_current_time_nanoseconds: (out: number) =>
      memory().writeU64(out, settings.clock.now()) ? Status.Ok : Status.InvalidMemoryAccess,
    proxy_set_tick_period_milliseconds: (milliseconds: number) => {
      root()?.setTickPeriod(milliseconds >>> 0);
      return Status.Ok;
    },

    proxy_get_buffer_bytes: (type: BufferType, start: number, length: number, data: number, size: number) => {
      if (!isBuffer(type)) return Status.BadArgument;
      const found = context()?.buffer(type);
      if (found === undefined) return Status.NotFound;
      const begin = start >>> 0;
      const most = length >>> 0;
      if (begin + most > 0xffffffff) return Status.BadArgument;
      const bytes = found instanceof BodyBuffer ? found.bytes : found;
      return give(bytes.slice(begin, Math.min(begin + most, bytes.length)), data, size);
    },
    proxy_set_buffer_bytes: (type: BufferType, start: number, length: number, data: number, size: number) => {
      const target = context();
      const found = target?.buffer(type);
      if (!(found instanceof BodyBuffer)) return Status.BadArgument;
      const bytes = read(data, size);
      if (bytes === undefined) return Status.InvalidMemoryAccess;
      if (!found.write(start >>> 0, length >>> 0, bytes)) return Status.BadArgument;
      target?.bufferChanged(type);
      return Status.Ok;
    },
    proxy_get_buffer_status: (type: BufferType, size: number, flags: number) => {
      const found = context()?.buffer(type);
      if (found === undefined) return Status.NotFound;
      const bytes = found instanceof BodyBuffer ? found.bytes : found;
      return giveNumber(bytes.length, size) || giveNumber(0, flags);
    },

    proxy_get_header_map_size: (type: HeaderMapType, out: number) => {
      const fields = map(type);
      return fields === undefined ? Status.BadArgument : giveNumber(fields.byteSize, out);
    },
    proxy_get_header_map_pairs: (type: HeaderMapType, data: number, size: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const fields = map(type);
      return give(fields === undefined ? new Uint8Array(0) : fields.encode(), data, size);
    },
    proxy_set_header_map_pairs: (type: HeaderMapType, data: number, size: number) => {
      const block = read(data, size);
      if (block === undefined) return Status.InvalidMemoryAccess;
      const fields = map(type);
      if (fields === undefined) return Status.BadArgument;
      fields.replaceAll(block);
      return Status.Ok;
    },
    proxy_get_header_map_value: (
      type: HeaderMapType,
      name: number,
      nameSize: number,
      data: number,
      size: number,
    ) => {
      const field = text(name, nameSize);
      if (field === undefined) return Status.InvalidMemoryAccess;
      const fields = map(type);
      if (fields === undefined) return Status.BadArgument;
      const value = fields.get(field);
      return value === undefined ? Status.NotFound : give(value, data, size);
    },
    proxy_add_header_map_value: (type: HeaderMapType, n: number, ns: number, v: number, vs: number) =>
      change(type, [n, ns], [v, vs], (fields, name, value) => fields.add(name, value)),
    proxy_replace_header_map_value: (type: HeaderMapType, n: number, ns: number, v: number, vs: number) =>
      change(type, [n, ns], [v, vs], (fields, name, value) => fields.set(name, value)),
    proxy_remove_header_map_value: (type: HeaderMapType, n: number, ns: number) =>
      change(type, [n, ns], undefined, (fields, name) => fields.remove(name)),

    proxy_continue_stream: (stream: StreamType) => context()?.continueStream(stream) ?? Status.BadArgument,
    proxy_close_stream: (stream: StreamType) => context()?.closeStream(stream) ?? Status.BadArgument,
    proxy_send_local_response: (
      status: number,
      details: number,
      detailsSize: number,
      body: number,
      bodySize: number,
      headers: number,
      headersSize: number,
      grpcStatus: number,
    ) => {
      const reason = text(details, detailsSize);
      const bytes = read(body, bodySize);
      const block = read(headers, headersSize);
      if (reason === undefined || bytes === undefined || block === undefined)
        return Status.InvalidMemoryAccess;
      const fields = new HeaderMap(decodePairs(block));
      context()?.sendLocalReply({
        status,
        headers: fields.list,
        body: bytes,
        details: reason.replace(/\s/g, "_"),
        ...(grpcStatus >= 0 && grpcStatus <= 16 && { grpcStatus }),
      });
      return Status.Ok;
    },

    proxy_http_call: (
      cluster: number,
      clusterSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      trailers: number,
      trailersSize: number,
      timeout: number,
      out: number,
    ) => {
      const name = text(cluster, clusterSize);
      const block = read(headers, headersSize);
      const bytes = read(body, bodySize);
      const trailing = read(trailers, trailersSize);
      if (name === undefined || block === undefined || bytes === undefined || trailing === undefined) {
        return Status.InvalidMemoryAccess;
      }
      const fields = new HeaderMap(decodePairs(block));
      const complete = [":method", ":path", ":authority"].every((field) => fields.get(field) !== undefined);
      if (!complete) return Status.BadArgument;
      const token = root()?.httpCall({
        cluster: name,
        headers: fields.list,
        body: bytes,
        trailers: new HeaderMap(decodePairs(trailing)).list,
        timeoutMs: timeout >>> 0,
      });
      return token === undefined ? Status.BadArgument : giveNumber(token, out);
    },

    proxy_get_shared_data: (key: number, keySize: number, data: number, size: number, cas: number) => {
      const name = read(key, keySize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const entry = shared.get(vmId, name);
      if (entry === undefined) return Status.NotFound;
      return give(entry.value, data, size) || giveNumber(entry.cas, cas);
    },
    proxy_set_shared_data: (key: number, keySize: number, data: number, size: number, cas: number) => {
      const name = read(key, keySize);
      const value = read(data, size);
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return shared.set(vmId, name, value, cas >>> 0);
    },
    proxy_register_shared_queue: (name: number, nameSize: number, out: number) => {
      const bytes = read(name, nameSize);
      const owner = root();
      if (bytes === undefined || owner === undefined) return Status.InvalidMemoryAccess;
      const id = shared.registerQueue(vmId, bytes, (queue) => queueMicrotask(() => owner.queueReady(queue)));
      return giveNumber(id, out);
    },
    proxy_resolve_shared_queue: (vm: number, vmSize: number, name: number, nameSize: number, out: number) => {
      const other = text(vm, vmSize);
      const bytes = read(name, nameSize);
      if (other === undefined || bytes === undefined) return Status.InvalidMemoryAccess;
      const id = shared.resolveQueue(other === "" ? vmId : other, bytes);
      return id === undefined ? Status.NotFound : giveNumber(id, out);
    },
    proxy_enqueue_shared_queue: (queue: number, data: number, size: number) => {
      const entry = read(data, size);
      return entry === undefined ? Status.InvalidMemoryAccess : shared.enqueue(queue, entry);
    },
    proxy_dequeue_shared_queue: (queue: number, data: number, size: number) => {
      const entry = shared.dequeue(queue);
      return entry instanceof Uint8Array ? give(entry, data, size) : entry;
    },

    proxy_define_metric: (type: MetricType, name: number, nameSize: number, out: number) => {
      const called = text(name, nameSize);
      if (called === undefined) return Status.InvalidMemoryAccess;
      if (!(type in MetricType)) return Status.BadArgument;
      shared.metric(type, called);
      return giveNumber(metrics.push({ name: called, type }), out);
    },
    proxy_record_metric: (id: number, value: bigint) => {
      const known = metric(id);
      if (known === undefined) return Status.NotFound;
      const amount = BigInt.asUintN(64, value);
      if (known.type === MetricType.Histogram) known.samples.push(amount);
      known.value = known.type === MetricType.Gauge ? amount : known.value + amount;
      return Status.Ok;
    },
    proxy_increment_metric: (id: number, delta: bigint) => {
      const known = metric(id);
      if (known === undefined) return Status.NotFound;
      if (known.type === MetricType.Histogram || (known.type === MetricType.Counter && delta <= 0n)) {
        return Status.BadArgument;
      }
      known.value += delta;
      return Status.Ok;
    },
    proxy_get_metric: (id: number, out: number) => {
      const known = metric(id);
      if (known === undefined) return Status.NotFound;
      if (known.type === MetricType.Histogram) return Status.BadArgument;
      return memory().writeU64(out, known.value) ? Status.Ok : Status.InvalidMemoryAccess;
    },

    proxy_get_property: (path: number, pathSize: number, data: number, size: number) => {
      const name = text(path, pathSize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const value = context()?.property(name.replace(/\0$/, ""));
      return value === undefined ? Status.NotFound : give(value, data, size);
    },
    proxy_set_property: (path: number, pathSize: number, data: number, size: number) => {
      const name = text(path, pathSize);
      const value = read(data, size);
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return context()?.setProperty(name, value) ?? Status.NotFound;
    },

    proxy_call_foreign_function: (
      name: number,
      nameSize: number,
      args: number,
      argsSize: number,
      data: number,
      size: number,
    ) => {
      const called = text(name, nameSize);
      const given = read(args, argsSize);
      if (called === undefined || given === undefined) return Status.InvalidMemoryAccess;
      const { status, result } = foreignFunction(called, given);
      if (status === Status.NotFound && result.length === 0) return status;
      // Envoy hands the result over whatever the status, and allocates for an empty one too.
      return memory().hand(result, data, size, true) ? status : Status.InvalidMemoryAccess;
    },
    proxy_set_effective_context: (id: number) => {
      if (!vm.contexts.has(id)) return Status.BadArgument;
      vm.effectiveId = id;
      return Status.Ok;
    },
    proxy_done: () => root()?.done() ?? Status.NotFound,
    proxy_get_status: (code: number, data: number, size: number) => {
      const { status, message } = root()?.callStatus ?? { status: 0, message: new Uint8Array(0) };
      return giveNumber(status, code) || give(message, data, size);
    },
    pthread_equal: (left: number, right: number) => (left === right ? 1 : 0),
    emscripten_notify_memory_growth: () => {},
    ...unimplemented(),
  };
}

/** What this host cannot do yet answers what the ABI has for that. */
function unimplemented(): Record<string, () => number> {
  const names = ["grpc_call", "grpc_stream", "grpc_send", "grpc_cancel", "grpc_close"].map(
    (n) => `proxy_${n}`,
  );
  return Object.fromEntries(
    [...names, "envoy_resolve_dns"].map((name) => [name, () => Status.Unimplemented]),
  );
}
