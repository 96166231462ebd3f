import { RegexClass } from "./regex-class";

/** What an instruction does; an instruction is this and two numbers. */
export enum RegexOp {
  /** Takes the character that the first number is. */
  Character,
  /** Takes a character of the class that the first number counts. */
  Class,
  /** Goes on so many instructions from here, or, where that leads to no match, so many as the second number says. */
  Split,
  /** Goes on so many instructions from here. */
  Jump,
  /** Remembers the place in a slot. */
  Save,
  /** Goes on at the begin of the text. */
  Begin,
  /** Goes on at its end. */
  End,
  Match,
}

/** The numbers of an instruction. */
const STRIDE: i32 = 3;

/** A pattern as instructions. Counts are written out: the parser's limits keep the program below 5,000 instructions. */
@final
export class RegexProgram {
  /** How many groups are remembered. */
  groups: i32 = 0;
  readonly classes: RegexClass[] = [];
  private code: i32[] = [];

  /** How many instructions there are. */
  get length(): i32 {
    return this.code.length / STRIDE;
  }

  op(at: i32): RegexOp {
    return unchecked(this.code[at * STRIDE]);
  }

  a(at: i32): i32 {
    return unchecked(this.code[at * STRIDE + 1]);
  }

  b(at: i32): i32 {
    return unchecked(this.code[at * STRIDE + 2]);
  }

  /** Adds an instruction and returns its number. */
  add(op: RegexOp, a: i32, b: i32): i32 {
    const at = this.length;
    this.code.push(op);
    this.code.push(a);
    this.code.push(b);
    return at;
  }

  addClass(class_: RegexClass): void {
    this.classes.push(class_);
    this.add(RegexOp.Class, this.classes.length - 1, 0);
  }

  /** Puts an instruction before those from one on. */
  insert(at: i32, op: RegexOp, a: i32, b: i32): void {
    const moved = this.cut(at);
    this.add(op, a, b);
    this.append(moved);
  }

  /** Has an instruction's first or second number lead to another instruction. */
  point(at: i32, target: i32, second: bool): void {
    this.code[at * STRIDE + (second ? 2 : 1)] = target - at;
  }

  /**
   * Repeats the part from an instruction on, from `least` to `most` times; -1 for no end. A loop over what can match
   * nothing runs it first and then asks whether to go on, as in `(?:x+)?`.
   */
  repeat(begin: i32, least: i32, most: i32, lazy: bool, nullable: bool): void {
    const part = this.cut(begin);
    for (let i = 0; i < least; i++) this.append(part);
    const first = this.length;
    for (let i = least; i < most || (most < 0 && i == least); i++) {
      this.split(1, 0, lazy);
      this.append(part);
    }
    const size = part.length / STRIDE;
    if (most < 0) {
      if (nullable) this.split(-size, 1, lazy);
      else this.add(RegexOp.Jump, -size - 1, 0);
    }
    // Whoever leaves leaves to the end.
    const end = this.length;
    for (let i = first; i < end - (most < 0 ? size : 0); i += size + 1) this.point(i, end, !lazy);
  }

  /** A split between going on within a repetition and leaving it. */
  private split(within: i32, out: i32, lazy: bool): void {
    if (lazy) this.add(RegexOp.Split, out, within);
    else this.add(RegexOp.Split, within, out);
  }

  /** Takes the instructions from one on away. */
  private cut(at: i32): i32[] {
    const code = this.code;
    const rest = new Array<i32>();
    for (let i = at * STRIDE; i < code.length; i++) rest.push(code[i]);
    code.length = at * STRIDE;
    return rest;
  }

  private append(part: i32[]): void {
    for (let i = 0; i < part.length; i++) this.code.push(part[i]);
  }
}
