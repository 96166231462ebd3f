/** What turns a deployed plugin on and off. */
export interface Switch {
  /** What it will do, for the user to read before it does. */
  readonly description: string;
  /** Turns the plugin on or off; the proxies may need some time to follow. */
  turn(state: "on" | "off"): Promise<void>;
  /** Puts back what was found, whatever state it is in. Throws with what the user has to do when that fails. */
  restore(): Promise<void>;
}
