import {
  ByteBuffer,
  Config,
  Slice,
  dataOf,
  equalBytes,
  sizeOf,
  slice,
  sliceOf,
  utf8Bytes,
} from "as-proxy-wasm";
import { percentEncode, saysName } from "./percent-encoding";

const AMPERSAND: u32 = 0x26;
const EQUALS: u32 = 0x3d;

/** One parameter of a query, as it stands there. */
@final
class Parameter {
  constructor(
    public name: Slice,
    /** What comes after the name: the equals sign and the value, or nothing. */
    public rest: Slice,
  ) {}
}

/**
 * Changes of the parameters of a query: those that go first, then new names, then values. Names are compared decoded,
 * so that no spelling gets round a change; what does not change stays as it is written.
 */
@final
export class QueryChanges {
  private readonly removed: Uint8Array[] = [];
  private readonly renamed: Uint8Array[][] = [];
  private readonly replaced: Uint8Array[][] = [];
  private changed: bool = false;

  constructor(removed: string[], renamed: string[][], replaced: string[][]) {
    for (let i = 0; i < removed.length; i++) this.removed.push(utf8Bytes(removed[i]));
    for (let i = 0; i < renamed.length; i++) this.renamed.push(bytesOf(renamed[i]));
    for (let i = 0; i < replaced.length; i++) this.replaced.push(bytesOf(replaced[i]));
  }

  /** Writes a query, which is what comes after the question mark, changed. False where nothing changes. */
  apply(query: Slice, out: ByteBuffer): bool {
    let parameters = parse(query);
    this.changed = false;
    for (let i = 0; i < this.removed.length; i++) {
      parameters = this.without(parameters, sliceOf(this.removed[i]), null);
    }
    for (let i = 0; i < this.renamed.length; i++) {
      parameters = this.rename(parameters, sliceOf(this.renamed[i][0]), sliceOf(this.renamed[i][1]));
    }
    for (let i = 0; i < this.replaced.length; i++) {
      parameters = this.set(parameters, sliceOf(this.replaced[i][0]), sliceOf(this.replaced[i][1]));
    }
    if (!this.changed) return false;
    for (let i = 0; i < parameters.length; i++) {
      if (i > 0) out.appendByte(AMPERSAND);
      out.append(parameters[i].name);
      out.append(parameters[i].rest);
    }
    return true;
  }

  /** The parameters that do not have a name, and the one that is to stay all the same. */
  private without(parameters: Parameter[], name: Slice, stays: Parameter | null): Parameter[] {
    const others = new Array<Parameter>();
    for (let i = 0; i < parameters.length; i++) {
      if (parameters[i] === stays || !saysName(parameters[i].name, name)) others.push(parameters[i]);
    }
    if (others.length != parameters.length) this.changed = true;
    return others;
  }

  private rename(parameters: Parameter[], from: Slice, to: Slice): Parameter[] {
    if (find(parameters, from) === null || equalBytes(from, to)) return parameters;
    const others = this.without(parameters, to, null);
    const name = encoded(to);
    for (let i = 0; i < others.length; i++) {
      if (saysName(others[i].name, from)) others[i].name = name;
    }
    this.changed = true;
    return others;
  }

  private set(parameters: Parameter[], name: Slice, value: Slice): Parameter[] {
    const first = find(parameters, name);
    const buffer = new ByteBuffer(sizeOf(value) + 1);
    buffer.appendByte(EQUALS);
    percentEncode(value, buffer);
    this.changed = true;
    if (first === null) {
      parameters.push(new Parameter(encoded(name), buffer.view()));
      return parameters;
    }
    first.rest = buffer.view();
    return this.without(parameters, name, first);
  }
}

/** `set`, `remove` and `rename` of a request's `query`. */
export function readQueryChanges(config: Config): QueryChanges {
  const removed = config.strings("remove");
  const renamed = config.pairs("rename");
  const replaced = config.pairs("set");
  for (let i = 0; i < removed.length; i++) {
    if (removed[i].length == 0) config.problem("remove", "a name must not be empty");
  }
  for (let i = 0; i < renamed.length; i++) {
    if (renamed[i][0].length == 0 || renamed[i][1].length == 0) {
      config.problem("rename", "a name must not be empty");
    }
  }
  for (let i = 0; i < replaced.length; i++) {
    if (replaced[i][0].length == 0) config.problem("set", "a name must not be empty");
  }
  return new QueryChanges(removed, renamed, replaced);
}

function bytesOf(pair: string[]): Uint8Array[] {
  return [utf8Bytes(pair[0]), utf8Bytes(pair[1])];
}

function encoded(name: Slice): Slice {
  const buffer = new ByteBuffer(sizeOf(name));
  percentEncode(name, buffer);
  return buffer.view();
}

function find(parameters: Parameter[], name: Slice): Parameter | null {
  for (let i = 0; i < parameters.length; i++) {
    if (saysName(parameters[i].name, name)) return parameters[i];
  }
  return null;
}

function parse(query: Slice): Parameter[] {
  const parameters = new Array<Parameter>();
  const end = dataOf(query) + sizeOf(query);
  let begin = dataOf(query);
  while (begin < end) {
    let nameEnd = begin;
    while (nameEnd < end && load<u8>(nameEnd) != EQUALS && load<u8>(nameEnd) != AMPERSAND) nameEnd += 1;
    let next = nameEnd;
    while (next < end && load<u8>(next) != AMPERSAND) next += 1;
    parameters.push(new Parameter(slice(begin, nameEnd - begin), slice(nameEnd, next - nameEnd)));
    // An ampersand at the very end has an empty parameter after it.
    if (next + 1 == end) parameters.push(new Parameter(0, 0));
    begin = next + 1;
  }
  return parameters;
}
