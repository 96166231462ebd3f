/** A call between a host and its module, either way. */
export interface ObservedCall {
  /** Who calls: the host an export, the module an import. */
  by: "host" | "module";
  name: string;
  /** As they cross the border: numbers, and addresses in the module's memory. */
  arguments: readonly (number | bigint)[];
  /** The context that hostcalls act on; 0 while the module starts. */
  context: number;
  /** A copy of bytes of the module's memory; undefined where they do not all lie there. */
  read: (address: number, size: number) => Uint8Array | undefined;
}

/** Hears of every call between a host and its module, as they begin and end: calls lie within one another. */
export interface CallObserver {
  begin(call: ObservedCall): void;
  /** The call that began last, of those that have not ended, is over. A failure is a trap, or a call that is not allowed. */
  end(result: number | undefined, failure?: Error): void;
}

/** Does a call and tells of it. */
export function observed<T extends number | undefined>(
  observer: CallObserver,
  call: ObservedCall,
  work: () => T,
): T {
  observer.begin(call);
  let result: T;
  try {
    result = work();
  } catch (error) {
    observer.end(undefined, error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  observer.end(result);
  return result;
}
