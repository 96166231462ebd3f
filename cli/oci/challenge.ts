/** One challenge of a `WWW-Authenticate` field (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In small letters: `basic`, `bearer`. */
  scheme: string;
  /** Names in small letters. */
  parameters: Record<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const separators = /[\s,]*/y;
const equals = /\s*=\s*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
/** What follows a scheme in place of parameters, as in `Negotiate YII=`. */
const token68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;

/** The challenges of a field, in their order. What cannot be read ends the list: what came before counts. */
export function parseChallenges(field: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(field);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(separators);
    const name = take(token)?.[0];
    if (name === undefined) return challenges;
    const current = challenges.at(-1);
    if (current === undefined || take(equals) === null) {
      challenges.push({ scheme: name.toLowerCase(), parameters: {} });
      const start = at;
      if (/\s/.test(field[at] ?? "")) {
        at++;
        // `realm=x` looks like a token68 that ends in `=`, but goes on.
        if (take(token68) === null) at = start;
      }
      continue;
    }
    const text = take(quoted)?.[1]?.replace(/\\(.)/g, "$1") ?? take(token)?.[0];
    if (text === undefined) return challenges;
    current.parameters[name.toLowerCase()] ??= text;
  }
}
