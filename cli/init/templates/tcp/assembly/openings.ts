/** What the first bytes of a connection are. */
export enum Opening {
  /** They begin with a known opening. */
  Known,
  /** They begin with none. */
  Other,
  /** They are too few to say. */
  Unclear,
}

/** Texts that connections may begin with, such as `SSH-` or `GET `. */
export class Openings {
  private openings: Uint8Array[] = [];
  /** How many bytes it takes to tell all of them. */
  longest: u32 = 0;

  /** False for an empty text, which every connection begins with. */
  add(text: string): bool {
    if (text.length == 0) return false;
    const bytes = Uint8Array.wrap(String.UTF8.encode(text));
    this.openings.push(bytes);
    this.longest = max(this.longest, <u32>bytes.length);
    return true;
  }

  judge(bytes: Uint8Array): Opening {
    let unclear = false;
    for (let i = 0; i < this.openings.length; i++) {
      const opening = this.openings[i];
      const shared = min(opening.length, bytes.length);
      let same = 0;
      while (same < shared && opening[same] == bytes[same]) same++;
      if (same == opening.length) return Opening.Known;
      if (same == bytes.length) unclear = true;
    }
    return unclear ? Opening.Unclear : Opening.Other;
  }
}
