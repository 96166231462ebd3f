import { HeaderMapType, Status } from "../enums.js";
import { HeaderMap } from "../header-map.js";
import type { Access, Hostcalls } from "./access.js";

const isMap = (type: number) => type in HeaderMapType;

/** Headers, trailers, metadata. */
export function headerCalls(access: Access): Hostcalls {
  const { abiVersion } = access.vm.guest;
  /** ABI 0.1.0 knows no absent field: it is empty. */
  const absent = abiVersion === "0_1_0" ? Status.Ok : Status.NotFound;

  function change(type: HeaderMapType, apply: (fields: HeaderMap) => void): Status {
    const context = access.context;
    const fields = context?.headerMap(type);
    if (fields === undefined) return Status.BadArgument;
    apply(fields);
    context?.headersChanged(type);
    return Status.Ok;
  }

  return {
    proxy_get_header_map_size: (type: HeaderMapType, out: number) => {
      const fields = isMap(type) ? access.context?.headerMap(type) : undefined;
      return fields === undefined ? Status.BadArgument : access.giveU32(fields.byteSize, out);
    },
    proxy_get_header_map_pairs: (type: HeaderMapType, data: number, size: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const fields = access.context?.readableMap(type);
      return access.give(fields instanceof HeaderMap ? fields.encode() : new Uint8Array(0), data, size);
    },
    proxy_set_header_map_pairs: (type: HeaderMapType, data: number, size: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const block = access.read(data, size);
      if (block === undefined) return Status.InvalidMemoryAccess;
      return change(type, (fields) => fields.replaceAll(block));
    },
    proxy_get_header_map_value: (
      type: HeaderMapType,
      name: number,
      nameSize: number,
      data: number,
      size: number,
    ) => {
      if (!isMap(type)) return Status.BadArgument;
      const field = access.text(name, nameSize);
      if (field === undefined) return Status.InvalidMemoryAccess;
      const fields = access.context?.readableMap(type) ?? Status.BadArgument;
      const value = fields instanceof HeaderMap ? fields.get(field) : undefined;
      if (value !== undefined) return access.give(value, data, size);
      if (fields === Status.BadArgument) return fields;
      return absent === Status.Ok ? access.give(new Uint8Array(0), data, size) : absent;
    },
    proxy_add_header_map_value: (type: HeaderMapType, n: number, ns: number, v: number, vs: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const [name, value] = [access.text(n, ns), access.read(v, vs)];
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return change(type, (fields) => fields.add(name, value));
    },
    proxy_replace_header_map_value: (type: HeaderMapType, n: number, ns: number, v: number, vs: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const [name, value] = [access.text(n, ns), access.read(v, vs)];
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return change(type, (fields) => fields.set(name, value));
    },
    proxy_remove_header_map_value: (type: HeaderMapType, n: number, ns: number) => {
      if (!isMap(type)) return Status.BadArgument;
      const name = access.text(n, ns);
      if (name === undefined) return Status.InvalidMemoryAccess;
      return change(type, (fields) => fields.remove(name));
    },
  };
}
