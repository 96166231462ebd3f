import { Slice } from "../runtime/slice";
import { Config, readCommon } from "./config";
import { RequestMatch } from "./request-match";

/** Settings that replace the plugin's base settings for the requests that match. */
@final
export class Override {
  constructor(
    private readonly match: RequestMatch,
    /** The settings, with a reader and an `ok()` of their own; null where the plugin is switched off. */
    readonly config: Config | null,
  ) {}

  /** Whether the name of the request's route has a say; where it has none, `matches` may be given any. */
  get needsRoute(): bool {
    return this.match.needsRoute;
  }

  /**
   * Whether a request gets this override, by its authority, its path with or without a query, its method and the name
   * of its route. Hosts are compared without case and port, methods and routes as they are. A path that is under the
   * prefix in one of its spellings gets the settings; to switch the plugin off it must be under it in all of them.
   */
  matches(authority: Slice, path: Slice, method: Slice, route: Slice): bool {
    return this.match.matches(authority, path, method, route, this.config === null);
  }
}

/**
 * The configuration's `overrides` in their order: `[{match: {hosts, path_prefix, methods, routes}, config}]`. What is
 * wrong with a `match`, or in the place of a `config`, is a problem of `config` and told by its `ok()`; what is wrong
 * within an override's settings is told by theirs. Settings inherit the common keys that they do not have.
 */
export function readOverrides(config: Config): Override[] {
  const entries = config.objects("overrides");
  const overrides: Override[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const match = new RequestMatch(entry.requiredObject("match"));
    overrides.push(new Override(match, readSettings(entry)));
  }
  return overrides;
}

function readSettings(entry: Config): Config | null {
  if (entry.isNull("config")) return null;
  const object = entry.requiredObject("config");
  if (object.has("overrides")) object.problem("overrides", "an override has no overrides of its own");
  const settings = object.separate();
  readCommon(settings);
  return settings;
}
