import type { Guest } from "./guest.js";
import { RootHost } from "./root-host.js";
import { Vm, type VmSettings } from "./vm.js";

/** A plugin in a VM of its own, as on one thread of a proxy. */
export class Worker {
  readonly vm: Vm;
  readonly root: RootHost;
  /** When it began, in nanoseconds. */
  readonly begun: bigint;
  private readonly hasBegunWell: boolean;

  /** Starts and configures the plugin; whether it took that, `root.refusal` tells. */
  constructor(guest: Guest, settings: VmSettings) {
    this.begun = settings.clock.now();
    this.vm = new Vm(guest, settings);
    this.vm.start();
    this.root = new RootHost(this.vm);
    this.root.configure();
    this.hasBegunWell = this.failure === null;
  }

  get failure(): Error | null {
    return this.vm.failure;
  }

  /** Whether it trapped in the course of its work: what did not begin, or was refused, does not begin anew. */
  get hasTrapped(): boolean {
    return this.hasBegunWell && this.failure !== null;
  }

  /** It is dropped, without a word to the plugin. */
  discard(): void {
    this.root.abandon();
  }
}
