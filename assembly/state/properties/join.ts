/** A path for `text`, `bytes` and the like: `join(["metadata", "filter_metadata", "envoy.lb", "canary"])`. */
export function join(segments: string[]): string {
  return segments.join("\0");
}
