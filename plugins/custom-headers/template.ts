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
  /** Whether one of them is of the request. */
  needsRequest: bool = false;

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
        this.mistake =
          end < 0 ? "a { without a }; a brace is written {{" : "unknown placeholder {" + name + "}";
        break;
      }
      this.texts.push(text);
      this.placeholders.push(property);
      if (property.isOfRequest) this.needsRequest = true;
      text = "";
      at = end + 1;
    }
    this.texts.push(text);
  }

  /** The values of the placeholders of the request, while it is there. */
  look(): string[] {
    const values = new Array<string>();
    for (let i = 0; i < this.placeholders.length; i++) {
      const property = this.placeholders[i];
      if (property.isOfRequest) values.push(read(property));
    }
    return values;
  }

  /**
   * The text with its placeholders filled, those of the request with what `look` saw. A property that is not there is
   * empty; null when nothing comes of it all.
   */
  fill(seen: string[] | null): string | null {
    const placeholders = this.placeholders;
    let filled = this.texts[0];
    if (placeholders.length == 0) return filled;
    let next = 0;
    for (let i = 0; i < placeholders.length; i++) {
      const property = placeholders[i];
      if (property.isOfRequest && seen !== null) filled += seen[next++];
      else filled += read(property);
      filled += this.texts[i + 1];
    }
    return filled.length == 0 ? null : filled;
  }
}

function read(property: PropertyPath): string {
  const value = property.read();
  return value === null ? "" : value;
}
