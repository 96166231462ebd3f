/** What a command prints: for people as it goes, or one JSON document at the end, with the rest on stderr. */
export class Output {
  constructor(readonly isJson: boolean) {}

  say = (line: string): void => {
    if (this.isJson) console.error(line);
    else console.log(line);
  };

  /** The result for a program; nothing else goes to stdout then. */
  result(value: unknown): void {
    if (this.isJson) console.log(JSON.stringify(value, null, 2));
  }
}
