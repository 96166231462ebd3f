import { done } from "../abi/contexts";
import { Status } from "../abi/status";
import { Config } from "../config/config";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { State } from "../runtime/handle";
import { Meter } from "../runtime/meter";
import { Context } from "./context";
import { FieldGuard, GuardedFields } from "./guarded-fields";
import { HttpContext } from "./http";
import { Registration } from "./register";
import { Scheduler } from "./scheduler";
import { StreamContext } from "./tcp";
import { Timer, TimerHandler, TimerScheduler } from "./timers";
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
export class RootContext extends Context {
  /** For the SDK: what the context was made from. */
  plugin_: Registration | null = null;
  /** For the SDK: the level below which the plugin's log lines are dropped; -1 for none. */
  logLevel_: i32 = -1;
  /** For the SDK: whether changes are logged instead of made. */
  shadow_: bool = false;
  /** For the SDK: whether `audit` writes lines. */
  auditLogging_: bool = false;
  /** For the SDK: what is measured of the plugin; null where nothing is. */
  meter_: Meter | null = null;
  /** For the SDK: the other settings that the configuration has for certain requests; null without any. */
  variants_: Variants | null = null;

  /** For the SDK: the root context of the base settings, where this one is of an override. */
  base_: RootContext | null = null;
  /** For the SDK: the request fields that clients may not send; kept by the root of the base settings. */
  guard_: FieldGuard | null = null;
  /** For the SDK: when it is to be called by time; null when it is not. */
  scheduler_: Scheduler | null = null;
  /** For the SDK: the period that the host's timer is set to, in milliseconds. */
  armed_: u32 = 0;
  /** For the SDK: whether it is being configured, or ticks. */
  busy_: bool = false;

  constructor() {
    super();
    this.state = State.Root;
    this.root_ = this;
  }

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

  /**
   * A configuration is to be judged and not to be used: this root context is made for that alone. Hosts other than Envoy
   * ask. (cpp-host, `proxy_validate_configuration`)
   */
  onValidateConfiguration(config: Config): bool {
    return this.onConfigure(config);
  }

  /**
   * Envoy has new figures for its statistics sinks; `size` is that of their serialized form, which the ABI has no buffer
   * for. (Envoy, `envoy_on_stats_update`)
   */
  onStatsUpdate(size: u32): void {}

  /** Makes the context of a new HTTP stream; null leaves the stream alone. */
  createHttpContext(): HttpContext | null {
    return null;
  }

  /**
   * Makes the context of an HTTP stream that an override switches the plugin off for (`config: null`), under the base
   * settings: a `SkippedStream`, say, for an `audit` line. Null, as here, leaves the stream alone.
   */
  createSkippedContext(): HttpContext | null {
    return null;
  }

  /**
   * The root contexts of the whole configuration, whichever of them this is: that of the base settings first, then those
   * of the `overrides`, but for those that switch the plugin off. For what a request changes beyond its own settings.
   */
  withOverrides(): RootContext[] {
    const own = this.base_;
    const base: RootContext = own === null ? this : own;
    const all: RootContext[] = [base];
    const variants = base.variants_;
    if (variants === null) return all;
    for (let i = 0; i < variants.length; i++) {
      const variant = variants.at(i);
      if (variant !== null) all.push(variant);
    }
    return all;
  }

  /** Makes the context of a new TCP connection, in a network filter; null leaves the connection alone. */
  createStreamContext(): StreamContext | null {
    return null;
  }

  /**
   * There is something in a queue that this root context registered. (ABI 0.2.1, `proxy_on_queue_ready`)
   */
  onQueueReady(queueId: u32): void {}

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

  /**
   * Takes a field that the plugin vouches by (a user's name, claims) away from every request as the client sent it,
   * before any of the plugin's settings are chosen: in shadow mode too, where an override switches the plugin off, and
   * where other settings than these hold. Spellings with `_` in the place of `-` go too: to CGI and what follows it they
   * are the same. For `onConfigure`; the plugin's streams must override `onRequestHeaders`.
   */
  guardRequestHeader(name: string): void {
    const base = this.base_;
    const root = base === null ? this : base;
    let guard = root.guard_;
    if (guard === null) {
      guard = new GuardedFields();
      root.guard_ = guard;
    }
    changetype<GuardedFields>(guard).add(name);
  }

  /** Has `onTick` called every so many milliseconds in each VM, the main thread's included; 0 ends it. */
  setTickPeriod(milliseconds: u32): void {
    this.timers().setTick(milliseconds);
    this.rearm();
  }

  /**
   * Calls the handler once, after so many milliseconds. Any number of timers can be under way beside `onTick`.
   */
  after(milliseconds: u32, handler: TimerHandler): Timer {
    return this.addTimer(new Timer(0, handler), milliseconds);
  }

  /** Calls the handler every so many milliseconds, at least 1, until the timer is cancelled. */
  every(milliseconds: u32, handler: TimerHandler): Timer {
    return this.addTimer(new Timer(max(milliseconds, 1), handler), milliseconds);
  }

  /** Ends a root context whose `onDone` answered false. (ABI 0.2.1, `proxy_done`) */
  done(): void {
    if (!select(this.id)) return;
    const status = done();
    if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_done", status);
  }

  private addTimer(timer: Timer, delay: u32): Timer {
    this.timers().add(timer, delay);
    this.rearm();
    return timer;
  }

  private timers(): TimerScheduler {
    const present = this.scheduler_;
    if (present !== null) return changetype<TimerScheduler>(present);
    const scheduler = new TimerScheduler();
    this.scheduler_ = scheduler;
    return scheduler;
  }

  /** Has the host's timer set anew; while the root is being configured, or ticks, that is done when it is through. */
  private rearm(): void {
    const base = this.base_;
    const root = base === null ? this : base;
    const scheduler = this.scheduler_;
    if (!root.busy_ && scheduler !== null) scheduler.arm(root, false);
  }
}
