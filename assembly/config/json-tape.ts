/** What a JSON value is; `Absent` stands for a value that is not there. */
export enum JsonType {
  Absent = 0,
  Null,
  Boolean,
  Number,
  String,
  List,
  Object,
}

/** What a node says beside its type. */
export namespace NodeFlag {
  /** A string that is the key of a member; the node after it is the member's value. */
  export const Key: u32 = 1 << 3;
  /** A string with escapes in it. */
  export const Escaped: u32 = 1 << 4;
  /** A key that somebody asked for. */
  export const Asked: u32 = 1 << 5;
  /** An object that somebody reads member by member. */
  export const Opened: u32 = 1 << 6;
  /** An object with a reader of its own, who answers for what is in it. */
  export const Separate: u32 = 1 << 7;
  /** A value that a problem was already recorded for. */
  export const Reported: u32 = 1 << 8;
}

const TYPE: u32 = 7;

/**
 * The values of a JSON text in the order in which they begin, 16 bytes each:
 *
 * | bytes | |
 * |---|---|
 * | 0..3 | where the value begins in the text, a string with its quote |
 * | 4..7 | where it ends, one past its last byte |
 * | 8..11 | the node after the value and all that is in it; of a key: the object it belongs to; of a list or an object that is still open: the one around it |
 * | 12..15 | its type and flags |
 *
 * The first child of a list is the node after it; the first key of an object is the node after it.
 */
@final
export class JsonTape {
  private nodes: ArrayBuffer;
  length: i32 = 0;

  /** Begins with room for `capacity` nodes; it grows. */
  constructor(capacity: i32) {
    this.nodes = new ArrayBuffer(capacity << 4);
  }

  /** Adds a node and returns its index. */
  push(info: u32, start: usize, end: usize, next: i32): i32 {
    const index = this.length;
    const offset = index << 4;
    if (offset >= this.nodes.byteLength) {
      this.nodes = changetype<ArrayBuffer>(__renew(changetype<usize>(this.nodes), (<usize>offset) << 1));
    }
    this.length = index + 1;
    const node = this.address(index);
    store<u32>(node, <u32>start);
    store<u32>(node, <u32>end, 4);
    store<i32>(node, next, 8);
    store<u32>(node, info, 12);
    return index;
  }

  /** Ends a list or an object: all nodes after it are its own. */
  close(index: i32, end: usize): void {
    const node = this.address(index);
    store<u32>(node, <u32>end, 4);
    store<i32>(node, this.length, 8);
  }

  /** Whether there is such a node. */
  has(index: i32): bool {
    return <u32>index < <u32>this.length;
  }

  start(index: i32): usize {
    return load<u32>(this.address(index));
  }

  end(index: i32): usize {
    return load<u32>(this.address(index), 4);
  }

  next(index: i32): i32 {
    return load<i32>(this.address(index), 8);
  }

  type(index: i32): JsonType {
    return <JsonType>(load<u32>(this.address(index), 12) & TYPE);
  }

  is(index: i32, flag: u32): bool {
    return (load<u32>(this.address(index), 12) & flag) != 0;
  }

  mark(index: i32, flag: u32): void {
    const node = this.address(index);
    store<u32>(node, load<u32>(node, 12) | flag, 12);
  }

  private address(index: i32): usize {
    return changetype<usize>(this.nodes) + ((<usize>index) << 4);
  }
}
