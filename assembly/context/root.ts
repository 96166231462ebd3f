import { BufferType } from "../abi/enums";
import { setTickPeriod } from "../abi/timers";
import { Status } from "../abi/status";
import { Config } from "../config/config";
import { unexpected } from "../runtime/failure";
import { ContextHandle, State } from "../runtime/handle";
import { HttpContext } from "./http";
import { Registration } from "./register";
import { Variants } from "./variants";

/**
 * A plugin as it is configured: one for each configuration in each VM. Envoy has a VM on every worker thread, one on
 * the main thread, and one that tries a new configuration out, so nothing here may rely on being the only one; what
 * they must share goes to shared data.
 *
 *     VM (one a worker)
 *      +- RootContext (one a configuration)    onVmStart, onConfigure, onTick
 *      |   +- HttpContext (one a request)      onRequestHeaders, ...
 *      |   +- HttpContext
 *      +- RootContext
 *
 * Configuration belongs into its fields, never into global variables: several plugins can share a VM.
 */
export class RootContext extends ContextHandle {
  /** For the SDK: what the context was made from. */
  plugin_: Registration | null = null;
  /** For the SDK: the level below which the plugin's log lines are dropped; -1 for none. */
  logLevel_: i32 = -1;
  /** For the SDK: whether changes are logged instead of made. */
  shadow_: bool = false;
  /** For the SDK: the other settings that the configuration has for certain requests; null without any. */
  variants_: Variants | null = null;

  constructor() {
    super();
    this.state = State.Root;
  }

  /** The context has its number now, which it has not yet in the constructor. (ABI 0.2.1, `proxy_on_context_create`) */
  onCreate(): void {}

  /**
   * The VM starts for this plugin; `configuration` is the `vm_config`'s. False refuses it: Envoy then does not take the
   * filter's configuration. (ABI 0.2.1, `proxy_on_vm_start`)
   */
  onVmStart(configuration: string): bool {
    return true;
  }

  /**
   * The plugin's configuration is here, at the start and for each of its `overrides`. Read it into fields.
   *
   * False refuses it: Envoy then goes on with the one before. The SDK refuses it too when `config` has noticed anything
   * wrong, and logs each problem with its path. (ABI 0.2.1, `proxy_on_configure`)
   */
  onConfigure(config: Config): bool {
    return true;
  }

  /** Makes the context of a new HTTP stream; null leaves the stream alone. */
  createHttpContext(): HttpContext | null {
    return null;
  }

  /** The period set by `setTickPeriod` has passed. (ABI 0.2.1, `proxy_on_tick`) */
  onTick(): void {}

  /**
   * The plugin is to end: the configuration was replaced, or the host stops. False delays it until `proxy_done`.
   * (ABI 0.2.1, `proxy_on_done`)
   */
  onDone(): bool {
    return true;
  }

  /** The plugin's end is logged. (ABI 0.2.1, `proxy_on_log`) */
  onLog(): void {}

  /** The plugin is gone. (ABI 0.2.1, `proxy_on_delete`) */
  onDelete(): void {}

  /** Has `onTick` called every so many milliseconds in each VM; 0 ends it. */
  setTickPeriod(milliseconds: u32): void {
    const status = setTickPeriod(milliseconds);
    if (status != Status.Ok) unexpected("proxy_set_tick_period_milliseconds", status);
  }
}
