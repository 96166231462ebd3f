/** A plugin with what it does to bodies. */
export interface BodyFilter {
  plugin: string;
  configuration: Record<string, unknown>;
  allowOnHeadersStopIteration?: boolean;
  /** Which bodies wait until they are complete. */
  holds: ("request" | "response")[];
  /** How many times as long it makes what is held. */
  grows?: number;
}

const doubled = { body: { replace: [["a", "aa"]] } };
const auth = { auth_cluster: "auth", auth_path: "/check", include_headers: ["x-verdict"] };
const large = { max_body_size_bytes: 16 << 20 };

/** Every bundled plugin that looks at bodies, told to take them as large as it can. */
export const bodyFilters: Record<string, BodyFilter> = {
  "transform that makes bodies longer": {
    plugin: "transform",
    configuration: { ...large, request: doubled, response: doubled, log_level: "error" },
    holds: ["request", "response"],
    grows: 2,
  },
  "transform that holds the headers too": {
    plugin: "transform",
    configuration: { ...large, hold_headers: true, request: doubled, response: doubled, log_level: "error" },
    allowOnHeadersStopIteration: true,
    holds: ["request", "response"],
    grows: 2,
  },
  "transform that logs bodies": {
    plugin: "transform",
    configuration: { ...large, max_body_size_bytes: 1000, log_request_body: true, log_level: "error" },
    holds: [],
  },
  "ext-auth that shows bodies": {
    plugin: "ext-auth",
    configuration: { ...auth, ...large, with_request_body: true, log_level: "error" },
    allowOnHeadersStopIteration: true,
    holds: ["request"],
  },
  cache: {
    plugin: "cache",
    configuration: { ...large, max_entries: 4, log_level: "error" },
    holds: [],
  },
};
