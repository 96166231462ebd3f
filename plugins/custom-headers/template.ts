import { PropertyPath } from "as-proxy-wasm";

const OPEN: i32 = 0x7b;
const CLOSE: i32 = 0x7d;

/**
 * A text with placeholders for the host's properties in it: `{request.path}`, `{request.headers.x-id}`,
 * `{source.address}`, `{xds.cluster_name}`, `{start_time}`. `{{` stands for a brace.
 */
@final
export class Template {
  /** What is wrong with the text; "" when nothing is. */
  mistake: string = "";
  /** Text and placeholders in turn, with text first and last. */
  private texts: string[] = [];
  private placeholders: PropertyPath[] = [];

  constructor(readonly source: string) {
    let text = "";
    let at = 0;
    const length = source.length;
    while (at < length) {
      const code = source.charCodeAt(at);
      if (code != OPEN) {
        const begin = at;
        while (at < length && source.charCodeAt(at) != OPEN) at += 1;
        text += source.substring(begin, at);
        continue;
      }
      if (at + 1 < length && source.charCodeAt(at + 1) == OPEN) {
        text += "{";
        at += 2;
        continue;
      }
      const end = source.indexOf("}", at);
      const name = end < 0 ? "" : source.substring(at + 1, end);
      const property = PropertyPath.parse(name);
      if (property === null) {
        this.mistake = end < 0 ? "a { without a }; a brace is written {{" : "unknown placeholder {" + name + "}";
        break;
      }
      this.texts.push(text);
      this.placeholders.push(property);
      text = "";
      at = end + 1;
    }
    this.texts.push(text);
  }

  /**
   * The text with the properties of the stream that is effective. A property that is not there is empty; null when
   * there is nothing in the text besides.
   */
  fill(): string | null {
    const placeholders = this.placeholders;
    const first = this.texts[0];
    if (placeholders.length == 0) return first;
    let filled = first;
    for (let i = 0; i < placeholders.length; i++) {
      const value = placeholders[i].read();
      if (value !== null) filled += value;
      filled += this.texts[i + 1];
    }
    return filled.length == 0 ? null : filled;
  }
}
