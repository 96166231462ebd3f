/** Statuses of responses, written as `404` or, for a whole class, `5xx`. An empty set has all of them. */
export class StatusSet {
  private statuses: i64[] = [];
  private classes: i64[] = [];

  /** False where the text is no status and no class of them. */
  add(text: string): bool {
    if (text.length != 3) return false;
    const first = digitAt(text, 0);
    if (first < 1 || first > 5) return false;
    if (text.endsWith("xx")) {
      this.classes.push(first);
      return true;
    }
    const second = digitAt(text, 1);
    const third = digitAt(text, 2);
    if (second < 0 || third < 0) return false;
    this.statuses.push(first * 100 + second * 10 + third);
    return true;
  }

  has(status: i64): bool {
    if (this.statuses.length == 0 && this.classes.length == 0) return true;
    return this.statuses.includes(status) || this.classes.includes(status / 100);
  }
}

/** -1 where there is no digit. */
function digitAt(text: string, index: i32): i64 {
  const code = text.charCodeAt(index);
  return code >= 0x30 && code <= 0x39 ? <i64>(code - 0x30) : -1;
}
