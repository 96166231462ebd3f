import { LogLevel } from "../abi/enums";
import { writeLog } from "../runtime/log";
import { encode } from "../runtime/utf8";
import { propertyText } from "../state/properties/find";
import { RootContext } from "./root";

/** A plugin of this module: its name, and what makes its root contexts. */
@final
export class Registration {
  constructor(
    readonly name: string,
    readonly create: () => RootContext,
    readonly next: Registration | null,
  ) {}
}

/** The plugin registered last, with a link to the one before. */
let registrations: Registration | null = null;

/**
 * Enters a plugin, at the top level of the module: `register("hello", () => new Hello());`
 *
 * The host chooses by `root_id` (in a WasmPlugin: `pluginName`). A module with one plugin serves any `root_id`; among
 * several an unknown one is refused, with a log line that names those there are.
 */
export function register(name: string, factory: () => RootContext): void {
  registrations = new Registration(name, factory, registrations);
}

/**
 * The plugin that a root context is of; null, and a line in the log, when there is none. The host is asked only in a
 * program that calls `register` more than once.
 */
export function registeredPlugin(): Registration | null {
  // @ts-ignore: the transform defines the constant where there are several
  if (isDefined(APW_SEVERAL_PLUGINS)) return findPlugin();
  if (registrations === null) writeLog(LogLevel.Critical, "this module registers no plugin");
  return registrations;
}

function findPlugin(): Registration | null {
  const rootId = propertyText(encode("plugin_root_id"));
  let known = "";
  let registration = registrations;
  while (registration !== null) {
    if (registration.name == rootId || (registration.next === null && known.length == 0)) return registration;
    known = registration.name + (known.length == 0 ? "" : ", ") + known;
    registration = registration.next;
  }
  const wanted = rootId === null ? "" : rootId;
  writeLog(LogLevel.Critical, "no plugin is registered for root_id '" + wanted + "'; there are: " + known);
  return null;
}
