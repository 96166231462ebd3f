import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { RegexOp, RegexProgram } from "./regex-program";

/** Of a text and a program that would need more memory than this nothing is found. */
const MOST_MEMORY: i64 = 1 << 26;

/**
 * One text, and where a program matches in it.
 *
 * First the text is gone through once from its end: for every place and every instruction one bit says whether going on
 * from there can lead to a match. Then matches are found from the begin on: at each place the first instruction in the
 * program's order of preference is taken whose bit is set, so that there is never a way back. Both take time in
 * proportion to text times program, for all matches of the text together, whatever the two are.
 */
@final
export class RegexSearch {
  /** Where the last match and its groups begin and end, two places each, in bytes; -1 for a group that took no part. */
  readonly places: StaticArray<i32>;
  private readonly data: usize;
  private readonly size: i32;
  private readonly rowSize: i32;
  private readonly rows: ArrayBuffer;
  private readonly stack: StaticArray<i32>;
  /** For each instruction the last step that came by it. */
  private readonly seen: StaticArray<i32>;
  private step: i32 = 0;
  private readonly fits: bool;

  /** The text must stay where it is for as long as the search is used. */
  constructor(
    private readonly program: RegexProgram,
    text: Slice,
  ) {
    const length = program.length;
    const size = <i32>sizeOf(text);
    const rowSize = (length + 7) >> 3;
    const fits = <i64>(sizeOf(text) + 1) * <i64>rowSize <= MOST_MEMORY;
    this.data = dataOf(text);
    this.size = size;
    this.rowSize = rowSize;
    this.fits = fits;
    this.places = new StaticArray<i32>(2 * program.groups + 2);
    this.rows = new ArrayBuffer(fits ? (size + 1) * rowSize : 0);
    this.stack = new StaticArray<i32>(2 * length + 2);
    this.seen = new StaticArray<i32>(length);
    if (fits) this.lookAhead();
  }

  /** Finds the first match that begins at or after a place. */
  next(from: i32): bool {
    if (!this.fits) return false;
    for (let place = from; place <= this.size; place++) {
      if (this.leadsToMatch(place, 0)) {
        this.follow(place);
        return true;
      }
    }
    return false;
  }

  // @ts-ignore: decorator
  @inline
  private leadsToMatch(place: i32, instruction: i32): bool {
    const row = changetype<usize>(this.rows) + place * this.rowSize;
    return ((load<u8>(row + (instruction >> 3)) >> (instruction & 7)) & 1) != 0;
  }

  private lookAhead(): void {
    const program = this.program;
    const length = program.length;
    for (let place = this.size; place >= 0; place--) {
      const byte = place < this.size ? <i32>load<u8>(this.data + place) : -1;
      const row = changetype<usize>(this.rows) + place * this.rowSize;
      // A loop's end leads back to its begin, which is looked at later: then all is looked at once more.
      let again = true;
      while (again) {
        again = false;
        for (let i = length - 1; i >= 0; i--) {
          if (this.leadsToMatch(place, i) || !this.isAlive(i, place, byte)) continue;
          const bits = row + (i >> 3);
          store<u8>(bits, (<u32>load<u8>(bits)) | ((<u32>1) << (i & 7)));
        }
        for (let i = 0; i < length && !again; i++) {
          const op = program.op(i);
          if (op != RegexOp.Jump && op != RegexOp.Split) continue;
          const back = i + (op == RegexOp.Jump ? program.a(i) : min(program.a(i), program.b(i)));
          again = back < i && this.leadsToMatch(place, back) && !this.leadsToMatch(place, i);
        }
      }
    }
  }

  /** Whether an instruction can lead to a match from a place, as far as is known of those that come after it. */
  private isAlive(i: i32, place: i32, byte: i32): bool {
    const program = this.program;
    switch (program.op(i)) {
      case RegexOp.Character:
        return byte == program.a(i) && this.leadsToMatch(place + 1, i + 1);
      case RegexOp.Class:
        return (
          byte >= 0 &&
          this.leadsToMatch(place + 1, i + 1) &&
          unchecked(program.classes[program.a(i)]).has(byte)
        );
      case RegexOp.Split:
        return this.leadsToMatch(place, i + program.a(i)) || this.leadsToMatch(place, i + program.b(i));
      case RegexOp.Jump:
        return this.leadsToMatch(place, i + program.a(i));
      case RegexOp.Save:
        return this.leadsToMatch(place, i + 1);
      case RegexOp.Begin:
        return place == 0 && this.leadsToMatch(place, i + 1);
      case RegexOp.End:
        return place == this.size && this.leadsToMatch(place, i + 1);
      default:
        return true;
    }
  }

  /** Notes the match that begins at a place. */
  private follow(begin: i32): void {
    const places = this.places;
    for (let i = 0; i < places.length; i++) unchecked((places[i] = -1));
    let place = begin;
    let instruction = this.choose(0, place);
    while (instruction >= 0 && this.program.op(instruction) != RegexOp.Match) {
      place += 1;
      instruction = this.choose(instruction + 1, place);
    }
    unchecked((places[0] = begin));
    unchecked((places[1] = place));
  }

  /**
   * The first instruction in the order of preference, from one on, that takes the character at a place and leads to a
   * match, or the end of the program. What a way remembered that did not get there is taken back.
   */
  private choose(instruction: i32, place: i32): i32 {
    const program = this.program;
    const stack = this.stack;
    const seen = this.seen;
    const places = this.places;
    const step = ++this.step;
    unchecked((stack[0] = instruction));
    let top = 1;
    while (top > 0) {
      let at = unchecked(stack[--top]);
      if (at < 0) {
        unchecked((places[~at] = stack[--top]));
        continue;
      }
      while (unchecked(seen[at]) != step && this.leadsToMatch(place, at)) {
        unchecked((seen[at] = step));
        const op = program.op(at);
        if (op == RegexOp.Split) {
          unchecked((stack[top++] = at + program.b(at)));
          at += program.a(at);
        } else if (op == RegexOp.Jump) {
          at += program.a(at);
        } else if (op == RegexOp.Save) {
          const slot = program.a(at);
          unchecked((stack[top++] = places[slot]));
          unchecked((stack[top++] = ~slot));
          unchecked((places[slot] = place));
          at += 1;
        } else if (op == RegexOp.Begin || op == RegexOp.End) {
          at += 1;
        } else {
          return at;
        }
      }
    }
    return -1;
  }
}
