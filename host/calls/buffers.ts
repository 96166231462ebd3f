import { BodyBuffer } from "../body-buffer.js";
import { BufferType, Status } from "../enums.js";
import type { Readable } from "../host-context.js";
import type { Access, Hostcalls } from "./access.js";

const bytesOf = (buffer: Readable): Uint8Array => (buffer instanceof BodyBuffer ? buffer.bytes : buffer);

/** Bodies, messages, configurations. */
export function bufferCalls(access: Access): Hostcalls {
  /** What a context has; `CallData` is the same from then on. */
  function reach(type: BufferType): Readable | undefined {
    const context = access.context;
    const found = context?.buffer(type);
    if (found !== undefined && context !== null) context.callData = found;
    return found;
  }

  return {
    proxy_get_buffer_bytes: (type: BufferType, start: number, length: number, data: number, size: number) => {
      if (!(type in BufferType)) return Status.BadArgument;
      const found = reach(type);
      if (found === undefined) return Status.NotFound;
      const begin = start >>> 0;
      const end = begin + (length >>> 0);
      return access.give(bytesOf(found).slice(begin, end), data, size);
    },
    proxy_set_buffer_bytes: (type: BufferType, start: number, length: number, data: number, size: number) => {
      if (!(type in BufferType)) return Status.BadArgument;
      const context = access.context;
      const found = reach(type);
      if (found === undefined) return Status.NotFound;
      const bytes = access.read(data, size);
      if (bytes === undefined) return Status.InvalidMemoryAccess;
      if (!(found instanceof BodyBuffer) || !found.isWritable) return Status.BadArgument;
      if (!found.write(start >>> 0, length >>> 0, bytes)) return Status.BadArgument;
      context?.bufferChanged(type);
      return Status.Ok;
    },
    proxy_get_buffer_status: (type: BufferType, size: number, flags: number) => {
      if (!(type in BufferType)) return Status.BadArgument;
      const found = reach(type);
      if (found === undefined) return Status.NotFound;
      return access.giveU32(bytesOf(found).length, size) || access.giveU32(0, flags);
    },
  };
}
