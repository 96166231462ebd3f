import { Status } from "./enums.js";
import { noBytes } from "./text.js";

/** What a function of the host's answered. */
export interface ForeignAnswer {
  status: Status;
  result: Uint8Array;
}

/** Envoy's functions beyond the ABI, as far as this host has them. (Envoy, `foreign.cc`) */
export function foreignFunction(name: string, _args: Uint8Array): ForeignAnswer {
  if (name === "clear_route_cache") return { status: Status.Ok, result: noBytes };
  return { status: Status.NotFound, result: noBytes };
}
