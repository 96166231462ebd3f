/** Texts and what comes in their place, one after the other. */
export class Rewrites {
  private wanted: string[] = [];
  private replacements: string[] = [];

  /** False for an empty text to look for, which would be everywhere. */
  add(wanted: string, replacement: string): bool {
    if (wanted.length == 0) return false;
    this.wanted.push(wanted);
    this.replacements.push(replacement);
    return true;
  }

  apply(text: string): string {
    for (let i = 0; i < this.wanted.length; i++) {
      text = text.split(this.wanted[i]).join(this.replacements[i]);
    }
    return text;
  }
}

/** Whether a `content-type` is one of UTF-8 text that may be rewritten. Others, and streams of events, are left alone. */
export function isText(contentType: string): bool {
  const type = contentType.toLowerCase();
  const charset = type.indexOf("charset=");
  if (charset >= 0) {
    const name = type.substring(charset + 8).replaceAll('"', "");
    if (!name.startsWith("utf-8") && !name.startsWith("us-ascii")) return false;
  }
  if (type.startsWith("text/event-stream")) return false;
  return type.startsWith("text/") || type.startsWith("application/json");
}
