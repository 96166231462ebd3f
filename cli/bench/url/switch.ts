/** What turns a deployed plugin on and off. */
export interface Switch {
  /** What it will do, for the user to read before it does. */
  readonly description: string;
  /** Turns the plugin on or off, and says whether there was anything to do: proxies then need some time to follow. */
  turn(state: "on" | "off"): Promise<boolean>;
  /** Puts back what was found, whatever state it is in. Throws with what the user has to do when that fails. */
  restore(): Promise<void>;
}
