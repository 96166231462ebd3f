import { LogLevel } from "../abi/enums";
import { decimal } from "../runtime/decimal";
import { Slice } from "../runtime/slice";
import { writeLog, writeRefusal } from "../runtime/log";
import { JsonDocument, JsonNode, JsonType } from "./json";
import { NodeFlag } from "./json-tape";
import { memberPath, pathOf } from "./paths";

/** A configuration of nothing but mistakes writes no more lines of a kind than this. */
const MOST_LINES: i32 = 50;

/** One line that waits to be logged. */
@final
class Line {
  next: Line | null = null;
  constructor(readonly text: string) {}
}

/** The problems of one configuration: of all that is in it, but not of what has a reader of its own. */
@final
export class Report {
  private problems: i32 = 0;
  private unlogged: i32 = 0;
  private first: Line | null = null;
  private last: Line | null = null;

  constructor(
    readonly document: JsonDocument,
    readonly root: JsonNode,
  ) {}

  /** Records a problem of a value, unless the value has one already. */
  add(node: JsonNode, message: string): void {
    if (this.document.tape.has(node)) {
      if (this.document.tape.is(node, NodeFlag.Reported)) return;
      this.document.tape.mark(node, NodeFlag.Reported);
    }
    if (this.takeLine()) this.append(this.locate(node), message);
  }

  /** Records a problem of an object's member, which need not be there. */
  addMember(object: JsonNode, key: Slice, message: string): void {
    if (this.takeLine()) this.append(memberPath(pathOf(this.document, object), key), message);
  }

  /**
   * Logs what was not logged yet: each problem, and each key that nobody asked for, which is a problem too when
   * `strict`. Returns whether there was no problem.
   */
  finish(strict: bool): bool {
    this.reportUnknownKeys(strict);
    let line = this.first;
    while (line !== null) {
      writeRefusal(line.text);
      line = line.next;
    }
    if (this.unlogged > MOST_LINES) {
      writeRefusal("configuration: and " + decimal(this.unlogged - MOST_LINES) + " more problems");
    }
    this.first = null;
    this.last = null;
    this.unlogged = 0;
    return this.problems == 0;
  }

  /** Counts a problem; returns whether its line will be logged. */
  private takeLine(): bool {
    this.problems += 1;
    this.unlogged += 1;
    return this.unlogged <= MOST_LINES;
  }

  private append(path: string, message: string): void {
    const line = new Line(path + ": " + message);
    const last = this.last;
    if (last === null) this.first = line;
    else last.next = line;
    this.last = line;
  }

  private locate(node: JsonNode): string {
    const path = pathOf(this.document, node);
    return path.length > 0 ? path : "configuration";
  }

  /** Goes through all objects that were read and tells of the keys that were not. */
  private reportUnknownKeys(strict: bool): void {
    const tape = this.document.tape;
    if (!tape.has(this.root)) return;
    const end = tape.next(this.root);
    let warnings = 0;
    let node = this.root + 1;
    while (node < end) {
      if (tape.is(node, NodeFlag.Key)) {
        const value = node + 1;
        if (tape.is(node, NodeFlag.Asked)) {
          node = value;
          continue;
        }
        tape.mark(node, NodeFlag.Asked);
        if (strict) {
          this.add(value, "is not a known key");
        } else {
          warnings += 1;
          if (warnings <= MOST_LINES) writeLog(LogLevel.Warn, this.locate(value) + ": is not a known key");
        }
        node = tape.next(value);
      } else if (tape.type(node) == JsonType.Object && !this.isOurs(node)) {
        node = tape.next(node);
      } else {
        node += 1;
      }
    }
    if (warnings > MOST_LINES) {
      writeLog(LogLevel.Warn, "configuration: and " + decimal(warnings - MOST_LINES) + " more unknown keys");
    }
  }

  /** Whether an object's keys were read by readers that report here. */
  private isOurs(object: JsonNode): bool {
    return (
      this.document.tape.is(object, NodeFlag.Opened) && !this.document.tape.is(object, NodeFlag.Separate)
    );
  }
}
