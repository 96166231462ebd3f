/** The specs' host of `proxy-host.js`, of which there is a new one for each file. */
export namespace proxy {
  /** Forgets all shared data. */
  // @ts-ignore: decorator
  @external("proxy", "clearShared")
  export declare function clearShared(): void;

  /** How many values shared data has. */
  // @ts-ignore: decorator
  @external("proxy", "sharedValues")
  export declare function sharedValues(): i32;

  /** How many bytes they have together. */
  // @ts-ignore: decorator
  @external("proxy", "sharedBytes")
  export declare function sharedBytes(): i32;

  /** Sets the clock forward. */
  // @ts-ignore: decorator
  @external("proxy", "advance")
  export declare function advance(milliseconds: i32): void;

  // @ts-ignore: decorator
  @external("proxy", "interrupt")
  declare function interrupt(stores: i32, index: u32): void;

  /** Has a function called before a value is stored, as if another worker were that fast: 1 is the next one. */
  export function beforeStore(stores: i32, work: () => void): void {
    interrupt(stores, load<u32>(changetype<usize>(work)));
  }
}
