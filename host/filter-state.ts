import { Status } from "./enums.js";

/** How long something in the filter state lives. */
export enum LifeSpan {
  FilterChain = 0,
  DownstreamRequest = 1,
  DownstreamConnection = 2,
}

/** How a plugin declared a property of its own. */
export interface Declaration {
  readOnly: boolean;
  span: number;
}

/**
 * What filters keep with a stream for each other and for Envoy: plugins of one chain are given the same one. What lives
 * as long as the client's connection is in the connection's.
 */
export class FilterState {
  private readonly values = new Map<string, { value: Uint8Array; readOnly: boolean }>();

  constructor(private readonly connection?: FilterState) {}

  get(key: string): Uint8Array | undefined {
    return this.values.get(key)?.value ?? this.connection?.get(key);
  }

  /** Sets an object of Envoy's own. */
  set(key: string, value: Uint8Array, span = LifeSpan.FilterChain): void {
    this.holderFor(span).values.set(key, { value: value.slice(), readOnly: false });
  }

  /** Sets a plugin's property; one that was declared read-only can be set but once. */
  setProperty(path: string, value: Uint8Array, declared: Declaration | undefined): Status {
    const holder = this.holderFor(declared?.span ?? LifeSpan.FilterChain);
    const key = `wasm.${path}`;
    if (holder.values.get(key)?.readOnly) return Status.BadArgument;
    holder.values.set(key, { value: value.slice(), readOnly: declared?.readOnly ?? false });
    return Status.Ok;
  }

  private holderFor(span: number): FilterState {
    return span === (LifeSpan.DownstreamConnection as number) ? (this.connection ?? this) : this;
  }
}
