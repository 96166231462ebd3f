import { decimal } from "../runtime/decimal";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { ByteBuffer } from "./byte-buffer";
import { RegexParser } from "./regex-parser";
import { RegexProgram } from "./regex-program";
import { RegexSearch } from "./regex-search";

const BACKSLASH: u32 = 0x5c;

let mistake: string = "";

/**
 * A regular expression that takes time in proportion to the text and to itself, whatever the two are: nothing that a
 * client sends can make it slow.
 *
 * What it takes means what it means to RE2:
 *
 * | | |
 * |---|---|
 * | `x` `.` `\.` `\n \r \t` | a character; any but a line feed; one that otherwise means something; as in strings |
 * | `[a-z_]` `[^/]` `\d \w \s \D \W \S` | one of a class, or one that is not; digits, `[0-9A-Za-z_]`, `[\t\n\f\r ]`, and all others |
 * | `^` `$` | the begin and the end of the text |
 * | `xy` `x\|y` `(x)` `(?:x)` | one after the other; the first that leads to a match; a group, remembered or not |
 * | `* + ? {2} {2,} {2,5}` | as often as said, the more the better; with a `?` behind it, the fewer the better |
 *
 * Its limits are such that a JSON Schema can say exactly which patterns are taken: 255 characters of printable ASCII;
 * groups no deeper than 5 in each other; counts up to 64 after one character or class, up to 9 after a group, and then
 * none within the group; ranges between two digits, two small or two capital letters; `]`, `}`, `{` and, in a class, `[`
 * only with a backslash, and a `-` in a class too, unless it is the first or the last there. There are no flags, no names
 * for groups, no `\b`, `\x`, `\p` and `[:alpha:]`. What goes backwards or looks around (`\1`, `(?=`) is in no expression
 * of this kind.
 *
 * A text is bytes. One beyond ASCII is a character of its own: `.`, `\D`, `\W`, `\S` and `[^/]` take it.
 */
@final
export class Regex {
  private constructor(private readonly program: RegexProgram) {}

  /** How many groups are remembered. */
  get groups(): i32 {
    return this.program.groups;
  }

  /** The expression that a pattern says; null where it says none, and `lastMistake` then tells why. */
  static compile(pattern: string): Regex | null {
    const parser = new RegexParser();
    parser.parse(pattern);
    mistake = parser.error.length == 0 ? "" : "character " + decimal(parser.errorAt) + ": " + parser.error;
    return parser.error.length == 0 ? new Regex(parser.program) : null;
  }

  /** Why the last pattern or replacement was not taken: `character 3: a ( without its )`. */
  static get lastMistake(): string {
    return mistake;
  }

  /** Whether it matches anywhere in a text. */
  test(text: Slice): bool {
    return this.search(text).next(0);
  }

  /** Whether a text can be a replacement: `\0` to `\9` name groups that there are, and `\\` is a backslash. */
  takesReplacement(replacement: string): bool {
    mistake = "";
    for (let i = 0; i < replacement.length; i++) {
      if (replacement.charCodeAt(i) != BACKSLASH) continue;
      i += 1;
      const next = i < replacement.length ? replacement.charCodeAt(i) : 0;
      if (next == BACKSLASH) continue;
      if (<u32>(next - 0x30) > 9) mistake = "a backslash is followed by a group's number or a backslash";
      else if (next - 0x30 > this.groups) mistake = "there is no group \\" + decimal(next - 0x30);
      if (mistake.length > 0) return false;
    }
    return true;
  }

  /**
   * Writes a text with each of its matches replaced, from the first on, none of them overlapping. `\1` in the
   * replacement is what the first group matched, `\0` the whole match, `\\` a backslash; a group that took no part is
   * empty. False where nothing matched, and then nothing was written. A text so long that it and the expression would
   * need more than 64 MiB counts as one in which nothing matches: 100,000 characters never do.
   */
  replaceAll(text: Slice, replacement: string, out: ByteBuffer): bool {
    const search = this.search(text);
    const places = search.places;
    const data = dataOf(text);
    const size = <i32>sizeOf(text);
    const pieces = encode(replacement);
    let copied = 0;
    let from = 0;
    let lastEnd = -1;
    while (from <= size && search.next(from)) {
      const begin = places[0];
      const end = places[1];
      if (begin == end && end == lastEnd) {
        // Nothing, right behind a match, is no match of its own.
        from = begin + 1;
        continue;
      }
      out.appendRun(data + copied, begin - copied);
      expand(data, pieces, places, out);
      copied = end;
      lastEnd = end;
      from = end;
    }
    if (lastEnd < 0) return false;
    out.appendRun(data + copied, size - copied);
    return true;
  }

  private search(text: Slice): RegexSearch {
    return new RegexSearch(this.program, text);
  }
}

function expand(data: usize, replacement: Slice, places: StaticArray<i32>, out: ByteBuffer): void {
  const end = dataOf(replacement) + sizeOf(replacement);
  for (let at = dataOf(replacement); at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte != BACKSLASH || at + 1 == end) {
      out.appendByte(byte);
      continue;
    }
    at += 1;
    const next = <u32>load<u8>(at);
    const slot = <i32>(next - 0x30) * 2;
    if (next == BACKSLASH) out.appendByte(BACKSLASH);
    else if (<u32>slot < <u32>places.length && places[slot] >= 0) {
      out.append(slice(data + places[slot], places[slot + 1] - places[slot]));
    }
  }
}
