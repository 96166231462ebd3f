import { Status } from "../enums.js";
import { foreignFunctions } from "../foreign/functions.js";
import type { Access, Hostcalls } from "./access.js";

/** Properties, and what Envoy has beyond the ABI. */
export function propertyCalls(access: Access): Hostcalls {
  return {
    proxy_get_property: (path: number, pathSize: number, data: number, size: number) => {
      const name = access.text(path, pathSize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      // Without a path there is nothing whose value could be written.
      if (name === "") return Status.SerializationFailure;
      const found = access.context?.property(name) ?? Status.NotFound;
      return found instanceof Uint8Array ? access.give(found, data, size) : found;
    },
    proxy_set_property: (path: number, pathSize: number, data: number, size: number) => {
      const name = access.text(path, pathSize);
      const value = access.read(data, size);
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return access.context?.setProperty(name, value) ?? Status.NotFound;
    },
    /** ABI 0.1.0. */
    proxy_clear_route_cache: () => Status.Ok,
    proxy_call_foreign_function: (
      name: number,
      nameSize: number,
      args: number,
      argsSize: number,
      data: number,
      size: number,
    ) => {
      const called = access.text(name, nameSize);
      const given = access.read(args, argsSize);
      if (called === undefined || given === undefined) return Status.InvalidMemoryAccess;
      const known = foreignFunctions.get(called);
      if (known === undefined) return Status.NotFound;
      const { status, result } = known(given, access);
      // Address and size are written whatever the status, and a result of no bytes has an address too.
      const { memory } = access.vm;
      const written =
        result === undefined
          ? memory.writeU32(data, 0) && memory.writeU32(size, 0)
          : memory.handAlways(result, data, size);
      return written ? status : Status.InvalidMemoryAccess;
    },
  };
}
