
@final
class NamedText {
  constructor(
    readonly name: string,
    readonly value: string,
    /** How many came before it. */
    readonly place: i32,
  ) {}
}

/** Names with their values, of which a name can have several. They are gone through name by name. */
@final
export class NamedTexts {
  private entries: NamedText[] = [];
  /** Where the values of the name that is shown begin, and where those of the next one do. */
  private begin: i32 = 0;
  private end: i32 = 0;

  add(name: string, value: string): void {
    this.entries.push(new NamedText(name, value, this.entries.length));
  }

  /** Goes to the next name; false when there is none. */
  next(): bool {
    if (this.end == 0) this.sort();
    const entries = this.entries;
    this.begin = this.end;
    while (this.end < entries.length && entries[this.end].name == entries[this.begin].name) this.end += 1;
    return this.begin < this.end;
  }

  get name(): string {
    return this.entries[this.begin].name;
  }

  /** How many values the name has. */
  get count(): i32 {
    return this.end - this.begin;
  }

  /** The values of the name in the order in which they came. */
  value(index: i32): string {
    return this.entries[this.begin + index].value;
  }

  /** Heapsort: nobody can choose names that make it slow, and it is small. */
  private sort(): void {
    const entries = this.entries;
    for (let i = (entries.length >> 1) - 1; i >= 0; i--) this.sink(i, entries.length);
    for (let end = entries.length - 1; end > 0; end--) {
      const last = entries[end];
      entries[end] = entries[0];
      entries[0] = last;
      this.sink(0, end);
    }
  }

  /** Lets an entry sink to where none of those below it comes after it. */
  private sink(at: i32, end: i32): void {
    const entries = this.entries;
    const sinking = entries[at];
    for (let child = at * 2 + 1; child < end; child = at * 2 + 1) {
      if (child + 1 < end && isBefore(entries[child], entries[child + 1])) child += 1;
      if (!isBefore(sinking, entries[child])) break;
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = sinking;
  }
}

function isBefore(a: NamedText, b: NamedText): bool {
  return a.name < b.name || (a.place < b.place && a.name == b.name);
}
