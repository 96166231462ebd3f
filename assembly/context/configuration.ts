import { BufferType, LogLevel } from "../abi/enums";
import { getBufferBytes } from "../abi/buffers";
import { hostData, hostSize } from "../abi/out";
import { Status } from "../abi/status";
import { CommonSettings } from "../config/common";
import { Config, parseConfig } from "../config/config";
import { Override, readOverrides } from "../config/overrides";
import { findHeader, NO_HEADER } from "../http/headers";
import { HeaderMapType } from "../abi/enums";
import { enter, leave, watchWith } from "../runtime/entry";
import { writeLog } from "../runtime/log";
import { Slice, slice } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";
import { NO_PROPERTY, findProperty } from "../state/properties/find";
import { publishVersion } from "../state/version";
import { activate, activeRoot, exchange, forget, restore } from "./active";
import { findRoot, rearm } from "./dispatch";
import { PluginMeter } from "./plugin-meter";
import { RootContext } from "./root";
import { Variants } from "./variants";

/** The settings for certain requests, in the order of the configuration; the first that matches holds. */
@final
class OverriddenSettings extends Variants {
  constructor(
    private overrides: Override[],
    private roots: Array<RootContext | null>,
  ) {
    super();
  }

  choose(base: RootContext): RootContext | null {
    const authority = requestField(":authority");
    const path = requestField(":path");
    const method = requestField(":method");
    for (let i = 0; i < this.overrides.length; i++) {
      const candidate = unchecked(this.overrides[i]);
      const route = candidate.needsRoute ? routeName() : 0;
      if (candidate.matches(authority, path, method, route)) return unchecked(this.roots[i]);
    }
    return base;
  }

  at(index: i32): RootContext | null {
    return this.roots[index];
  }

  get length(): i32 {
    return this.roots.length;
  }
}

function requestField(name: string): Slice {
  const value = findHeader(HeaderMapType.HttpRequestHeaders, encode(name));
  return value == NO_HEADER ? 0 : value;
}

/** The route's name: under `xds` since Envoy 1.33, before that at the top. */
function routeName(): Slice {
  const value = findProperty(encode("xds\0route_name"));
  if (value != NO_PROPERTY) return value;
  const older = findProperty(encode("route_name"));
  return older == NO_PROPERTY ? 0 : older;
}

/** The VM starts for a root context. */
export function vmStarted(id: u32, size: u32): bool {
  const root = findRoot(id);
  if (root === null) return false;
  const entry = enter(id);
  const outer = activeRoot();
  activate(root);
  const accepted = root.onVmStart(decodeSlice(configurationBytes(BufferType.VmConfiguration, size)));
  restore(outer);
  leave(entry);
  return accepted;
}

/** A root context is given its configuration: the base settings, and one root more for each override. */
export function configured(id: u32, size: u32): bool {
  const root = findRoot(id);
  if (root === null) return false;
  const entry = enter(id);
  const outer = activeRoot();
  const config = parseConfig(configurationBytes(BufferType.PluginConfiguration, size));
  const overrides = readOverrides(config);
  root.guard_ = null;
  root.busy_ = true;
  let accepted = configure(root, config, config.common);
  const roots = new Array<RootContext | null>();
  for (let i = 0; i < overrides.length; i++) {
    const settings = overrides[i].config;
    const plugin = root.plugin_;
    if (settings === null || plugin === null) {
      roots.push(null);
      continue;
    }
    const variant = plugin.create();
    variant.id = id;
    variant.plugin_ = plugin;
    variant.base_ = root;
    roots.push(variant);
    if (!configure(variant, settings, settings.common)) accepted = false;
  }
  root.variants_ = overrides.length == 0 ? null : new OverriddenSettings(overrides, roots);
  root.busy_ = false;
  rearm(root, false);
  if (accepted) publishVersion(config.common.version);
  restore(outer);
  leave(entry);
  return accepted;
}

/** A configuration is judged by a root made for that, which nobody keeps. */
export function validated(id: u32, size: u32): bool {
  const root = findRoot(id);
  if (root === null) return false;
  const plugin = root.plugin_;
  if (plugin === null) return false;
  const entry = enter(id);
  const outer = activeRoot();
  const config = parseConfig(configurationBytes(BufferType.PluginConfiguration, size));
  readOverrides(config);
  const judge = plugin.create();
  judge.id = id;
  judge.busy_ = true;
  activate(judge);
  const accepted = judge.onValidateConfiguration(config);
  restore(outer);
  forget(judge);
  leave(entry);
  return config.ok() && accepted;
}

/** Gives a root its settings; false when it refuses them, or they have problems. */
function configure(root: RootContext, config: Config, common: CommonSettings): bool {
  root.logLevel_ = common.logLevel;
  root.shadow_ = common.shadow;
  root.auditLogging_ = common.auditLogging;
  root.meter_ = null;
  if (common.measure) {
    const meter = new PluginMeter();
    root.meter_ = meter;
    watchWith(meter);
  }
  exchange(root);
  const accepted = root.onConfigure(config);
  return config.ok() && accepted;
}

function configurationBytes(buffer: BufferType, size: u32): Slice {
  if (size == 0) return 0;
  const status = getBufferBytes(buffer, 0, size);
  if (status == Status.Ok) return slice(hostData(), hostSize());
  writeLog(LogLevel.Error, "the host has no configuration to give");
  return 0;
}
