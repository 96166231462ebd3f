import {
  Config,
  Headers,
  JsonType,
  equalNames,
  isFieldNameText,
  isFieldNamed,
  isFieldValueText,
  utf8Bytes,
  sliceOf,
} from "as-proxy-wasm";

/** Changes of header fields: those that go first, then new names, then values in the place of others, then more values. */
@final
export class FieldChanges {
  constructor(
    private readonly removed: string[],
    private readonly renamed: string[][],
    private readonly replaced: string[][],
    private readonly added: string[][],
  ) {}

  apply(headers: Headers): void {
    for (let i = 0; i < this.removed.length; i++) headers.remove(this.removed[i]);
    for (let i = 0; i < this.renamed.length; i++) rename(headers, this.renamed[i][0], this.renamed[i][1]);
    for (let i = 0; i < this.replaced.length; i++) {
      const name = this.replaced[i][0];
      headers.set(isFieldNamed(name, "host") ? ":authority" : name, this.replaced[i][1]);
    }
    for (let i = 0; i < this.added.length; i++) headers.add(this.added[i][0], this.added[i][1]);
  }
}

/** Gives all fields of a name another one, in the place of those that have it. */
function rename(headers: Headers, from: string, to: string): void {
  if (isFieldNamed(from, to)) return;
  const wanted = sliceOf(utf8Bytes(from));
  const values = new Array<Uint8Array>();
  const field = headers.cursor();
  while (field.next()) {
    if (equalNames(field.nameSlice, wanted)) values.push(field.valueBytes);
  }
  if (values.length == 0) return;
  headers.remove(from);
  headers.remove(to);
  for (let i = 0; i < values.length; i++) headers.addBytes(to, values[i]);
}

/** `set`, `add`, `remove` and `rename` of `request` or `response`. */
export function readFieldChanges(config: Config, isRequest: bool): FieldChanges {
  const removed = config.strings("remove");
  const renamed = config.pairs("rename");
  const replaced = config.pairs("set");
  const added = config.pairs("add");
  checkRemoved(config, "remove", removed);
  for (let i = 0; i < renamed.length; i++) {
    checkName(config, "rename", renamed[i][0]);
    checkName(config, "rename", renamed[i][1]);
  }
  for (let i = 0; i < replaced.length; i++) {
    const isHost = isRequest && isFieldNamed(replaced[i][0], "host");
    if (!isHost) checkName(config, "set", replaced[i][0]);
    else if (replaced[i][1].length == 0) config.problem("set", "host must not be empty");
    checkValue(config, "set", replaced[i][1]);
  }
  checkAdded(config, "add", added);
  return new FieldChanges(removed, renamed, replaced, added);
}

/** `add_request_headers`, at the top of the configuration. */
export function readAddedToRequests(config: Config): FieldChanges {
  const added = config.pairs("add_request_headers");
  checkAdded(config, "add_request_headers", added);
  return new FieldChanges([], [], [], added);
}

/** `remove_response_headers`, at the top of the configuration. */
export function readRemovedFromResponses(config: Config): FieldChanges {
  const removed = config.strings("remove_response_headers");
  checkRemoved(config, "remove_response_headers", removed);
  return new FieldChanges(removed, [], [], []);
}

function checkAdded(config: Config, key: string, added: string[][]): void {
  for (let i = 0; i < added.length; i++) {
    checkName(config, key, added[i][0]);
    checkValue(config, key, added[i][1]);
  }
}

function checkRemoved(config: Config, key: string, removed: string[]): void {
  for (let i = 0; i < removed.length; i++) {
    if (!isFieldNameText(removed[i])) config.problem(key, "expected names of header fields");
    else if (isFieldNamed(removed[i], "host")) config.problem(key, "must not name host: a request needs it");
  }
}

/** What says where a message ends is the host's business: a wrong length lets one request be taken for two. */
function checkName(config: Config, key: string, name: string): void {
  if (!isFieldNameText(name)) {
    config.problem(key, "expected names of header fields");
  } else if (isFieldNamed(name, "content-length") || isFieldNamed(name, "transfer-encoding")) {
    config.problem(key, "must not name content-length and transfer-encoding");
  } else if (isFieldNamed(name, "host")) {
    config.problem(key, "must not name host; request.set may");
  }
}

function checkValue(config: Config, key: string, value: string): void {
  if (!isFieldValueText(value)) config.problem(key, "values must not have control characters in them");
}
