import { RegexClass } from "./regex-class";
import { RegexOp, RegexProgram } from "./regex-program";

/** The longest pattern, in characters. */
const LONGEST_PATTERN: i32 = 255;
/** How deep groups may lie in each other. */
const DEEPEST_GROUP: i32 = 5;
/** The largest count after one character or class, and after a group. */
const LARGEST_COUNT: i32 = 64;
const LARGEST_GROUP_COUNT: i32 = 9;

/** No character: the end of the pattern. */
const NONE: i32 = -1;

const DASH: i32 = 0x2d;
const BACKSLASH: i32 = 0x5c;
const QUESTION_MARK: i32 = 0x3f;
const CARET: i32 = 0x5e;
const OPEN_GROUP: i32 = 0x28;
const CLOSE_GROUP: i32 = 0x29;
const OPEN_CLASS: i32 = 0x5b;
const CLOSE_CLASS: i32 = 0x5d;
const OPEN_COUNT: i32 = 0x7b;
const CLOSE_COUNT: i32 = 0x7d;
const BAR: i32 = 0x7c;

// @ts-ignore: decorator
@lazy
const EXPECTED_COUNT = "expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}";
// @ts-ignore: decorator
@lazy
const NEEDS_BACKSLASH = "a [ or - in a class needs a backslash";
// @ts-ignore: decorator
@lazy
const NO_RANGE = "a range goes from a digit or letter to a later one of its kind";

/**
 * Turns a pattern, as `Regex` describes it, into a program: part by part, with no tree between. Since instructions name
 * each other by their distance, what is repeated is copied, and what is chosen is moved, as it is.
 */
@final
export class RegexParser {
  /** What is wrong, "" where nothing is, and at which character, counted from 1. */
  error: string = "";
  errorAt: i32 = 0;
  /** The program so far. */
  readonly program: RegexProgram = new RegexProgram();
  private pattern: string = "";
  private at: i32 = 0;
  private depth: i32 = 0;
  /** How many counts there were. */
  private counts: i32 = 0;
  /** Whether the part that was read last is one character or class. */
  private simple: bool = false;
  /** Whether it is a place. */
  private place: bool = false;

  /** Reads the pattern. The program is of no use where `error` then says something. */
  parse(pattern: string): void {
    this.pattern = pattern;
    for (let i = 0; i < pattern.length; i++) {
      this.at = i;
      if (i == LONGEST_PATTERN) this.fail("longer than 255 characters");
      if (<u32>(pattern.charCodeAt(i) - 0x20) >= 0x5f) this.fail("not printable ASCII");
    }
    this.at = 0;
    this.choice();
    if (this.peek() == CLOSE_GROUP) this.fail("a ) without its (");
    this.program.add(RegexOp.Match, 0, 0);
  }

  /** The character that comes next; `NONE` at the end, and once something is wrong. */
  private peek(): i32 {
    return this.at < this.pattern.length && this.error.length == 0 ? this.pattern.charCodeAt(this.at) : NONE;
  }

  private take(): i32 {
    const code = this.peek();
    if (code != NONE) this.at += 1;
    return code;
  }

  private takeIf(code: i32): bool {
    if (this.peek() != code) return false;
    this.at += 1;
    return true;
  }

  private fail(what: string): bool {
    if (this.error.length == 0) {
      this.error = what;
      this.errorAt = this.at + 1;
    }
    return false;
  }

  /** Alternatives. Like all that follow it returns whether what it read can match nothing. */
  private choice(): bool {
    const program = this.program;
    const begin = program.length;
    const nullable = this.sequence();
    if (!this.takeIf(BAR)) return nullable;
    program.insert(begin, RegexOp.Split, 1, program.length - begin + 2);
    const jump = program.add(RegexOp.Jump, 0, 0);
    const others = this.choice();
    program.point(jump, program.length, false);
    return nullable || others;
  }

  private sequence(): bool {
    let nullable = true;
    let next = this.peek();
    while (next != NONE && next != BAR && next != CLOSE_GROUP) {
      if (!this.repetition()) nullable = false;
      next = this.peek();
    }
    return nullable;
  }

  /** One part, with what says how often it comes. */
  private repetition(): bool {
    const begin = this.program.length;
    const countsBefore = this.counts;
    const nullable = this.part();
    const quantifier = this.peek();
    let least = quantifier == 0x2b ? 1 : 0;
    let most = quantifier == QUESTION_MARK ? 1 : -1;
    if (quantifier == OPEN_COUNT) {
      if (this.counts != countsBefore) return this.fail("a count after a group with a count in it");
      this.counts += 1;
      const largest = this.simple ? LARGEST_COUNT : LARGEST_GROUP_COUNT;
      this.take();
      least = this.count(largest);
      most = least;
      if (this.takeIf(0x2c)) most = this.peek() == CLOSE_COUNT ? -1 : this.count(largest);
      if (this.peek() != CLOSE_COUNT) return this.fail(EXPECTED_COUNT);
      if (most >= 0 && most < least) return this.fail(EXPECTED_COUNT);
    } else if (quantifier != 0x2a && quantifier != 0x2b && quantifier != QUESTION_MARK) {
      return nullable;
    }
    if (this.place) return this.fail("a place cannot be repeated");
    this.take();
    this.program.repeat(begin, least, most, this.takeIf(QUESTION_MARK), nullable);
    return nullable || least == 0;
  }

  private count(largest: i32): i32 {
    const first = this.at;
    let value = 0;
    while (isDigit(this.peek()) && value <= largest) value = value * 10 + this.take() - 0x30;
    const leadingZero = this.at > first + 1 && this.pattern.charCodeAt(first) == 0x30;
    if (this.at == first || leadingZero || value > largest) this.fail(EXPECTED_COUNT);
    return value;
  }

  private part(): bool {
    const code = this.take();
    this.place = false;
    this.simple = false;
    switch (code) {
      case OPEN_GROUP:
        return this.group();
      case OPEN_CLASS:
        return this.class_();
      case BACKSLASH:
        return this.escape();
      case CARET:
        return this.addPlace(RegexOp.Begin);
      case 0x24:
        return this.addPlace(RegexOp.End);
      case 0x2e: {
        const anyButLineFeed = new RegexClass();
        anyButLineFeed.add(0x0a);
        anyButLineFeed.invert();
        return this.addClass(anyButLineFeed);
      }
      case 0x2a:
      case 0x2b:
      case QUESTION_MARK:
      case OPEN_COUNT:
        this.at -= 1;
        return this.fail("nothing to repeat");
      case CLOSE_CLASS:
      case CLOSE_COUNT:
        this.at -= 1;
        return this.fail("a bracket without its partner");
      default:
        return this.addCharacter(code);
    }
  }

  private addCharacter(code: i32): bool {
    this.simple = true;
    this.program.add(RegexOp.Character, code, 0);
    return false;
  }

  private addClass(class_: RegexClass): bool {
    this.simple = true;
    this.program.addClass(class_);
    return false;
  }

  private addPlace(place: RegexOp): bool {
    this.place = true;
    this.program.add(place, 0, 0);
    return true;
  }

  private group(): bool {
    const program = this.program;
    let slot = 0;
    if (this.takeIf(QUESTION_MARK)) {
      if (!this.takeIf(0x3a)) return this.fail("of the groups with (? there is only (?:");
    } else {
      program.groups += 1;
      slot = program.groups * 2;
      program.add(RegexOp.Save, slot, 0);
    }
    this.depth += 1;
    if (this.depth > DEEPEST_GROUP) this.fail("groups deeper than 5");
    const nullable = this.choice();
    this.depth -= 1;
    if (!this.takeIf(CLOSE_GROUP)) return this.fail("a ( without its )");
    if (slot != 0) program.add(RegexOp.Save, slot + 1, 0);
    this.place = false;
    this.simple = false;
    return nullable;
  }

  /** What a backslash says outside of a class. */
  private escape(): bool {
    const letter = this.peek();
    if (isNamedClass(letter)) {
      const named = new RegexClass();
      named.addNamed(this.take());
      return this.addClass(named);
    }
    return this.addCharacter(this.escapedCharacter());
  }

  /** The character that a backslash and what comes next say. */
  private escapedCharacter(): i32 {
    const code = this.peek();
    if (code == NONE) this.fail("a backslash at the end");
    const isLetter = <u32>((code | 0x20) - 0x61) < 26;
    if (!isLetter && !isDigit(code) && code != 0x20) return this.take();
    this.take();
    if (code == 0x6e) return 0x0a;
    if (code == 0x72) return 0x0d;
    if (code == 0x74) return 0x09;
    this.at -= 1;
    this.fail("unknown escape");
    return code;
  }

  private class_(): bool {
    const class_ = new RegexClass();
    const inverted = this.takeIf(CARET);
    const begin = this.at;
    while (this.peek() != CLOSE_CLASS) {
      if (this.peek() == NONE) return this.fail("a [ without its ]");
      this.classItem(class_, this.at == begin);
    }
    if (this.at == begin) return this.fail("an empty class");
    this.take();
    if (inverted) class_.invert();
    return this.addClass(class_);
  }

  /** One character, range or named class of a class. */
  private classItem(class_: RegexClass, first: bool): void {
    const escaped = this.takeIf(BACKSLASH);
    if (escaped && isNamedClass(this.peek())) {
      class_.addNamed(this.take());
      if (this.peek() == DASH && !this.atLastDash()) this.fail(NO_RANGE);
      return;
    }
    const code = escaped ? this.escapedCharacter() : this.take();
    if (!escaped) {
      this.at -= 1;
      if (code == OPEN_CLASS) this.fail(NEEDS_BACKSLASH);
      if (code == DASH && !first && !this.atLastDash()) this.fail(NEEDS_BACKSLASH);
      this.at += 1;
    }
    if (this.peek() != DASH || this.atLastDash()) {
      class_.add(code);
      return;
    }
    this.take();
    const last = this.peek();
    if (escaped || kindOf(code) == 0 || kindOf(code) != kindOf(last) || last < code) {
      this.fail(NO_RANGE);
      return;
    }
    this.take();
    class_.addRange(code, last);
  }

  /** Whether the dash that is next is the last of its class. */
  private atLastDash(): bool {
    return this.at + 1 < this.pattern.length && this.pattern.charCodeAt(this.at + 1) == CLOSE_CLASS;
  }
}

function isDigit(code: i32): bool {
  return <u32>(code - 0x30) < 10;
}

/** 1 for digits, 2 for capital letters, 3 for small ones, 0 for what cannot be the end of a range. */
function kindOf(code: i32): i32 {
  if (isDigit(code)) return 1;
  if (<u32>(code - 0x41) < 26) return 2;
  return <u32>(code - 0x61) < 26 ? 3 : 0;
}

/** Whether a letter names a class after a backslash. */
function isNamedClass(letter: i32): bool {
  const small = letter | 0x20;
  return letter >= 0x41 && (small == 0x64 || small == 0x73 || small == 0x77);
}
