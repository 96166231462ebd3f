/** One request of the soak, with all that decides about its answer. */
export interface Plan {
  /** Its number: no other request has it. */
  n: number;
  kind: Kind;
  method: "GET" | "POST" | "DELETE";
  path: string;
  verdict: "allow" | "deny" | "odd" | "down";
  token: "none" | "good" | "expired" | "forged" | "rubbish";
  password: "none" | "right" | "wrong";
  /** What the upstream does. */
  upstream: "answers" | "resets" | "cuts";
  /** For whom the rate is limited, where it is. */
  client: string;
  language: "en" | "de";
  body: string;
  /** Milliseconds after which the client goes, whatever it has; -1 where it stays. */
  leaves: number;
}

export const kinds = [
  ...Array<"open">(28).fill("open"),
  ...Array<"auth">(10).fill("auth"),
  ...Array<"batched">(6).fill("batched"),
  ...Array<"remembered">(6).fill("remembered"),
  ...Array<"policy">(8).fill("policy"),
  ...Array<"both">(6).fill("both"),
  ...Array<"private">(8).fill("private"),
  ...Array<"cached">(12).fill("cached"),
  ...Array<"own">(4).fill("own"),
  ...Array<"echo">(8).fill("echo"),
  ...Array<"limited">(4).fill("limited"),
] as const;

export type Kind = (typeof kinds)[number];

/** Numbers that are the same for the same seed. (xorshift32) */
export function randomly(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const text = "the quick brown fox ".repeat(2_000);

/** Request number `n`. */
export function plan(n: number, random: (below: number) => number): Plan {
  const kind = kinds[random(kinds.length)]!;
  const one = <T>(...of: T[]): T => of[random(of.length)]!;
  const rarely = (percent: number) => random(100) < percent;
  const things = { cached: 40, own: 20 };
  const name = kind === "cached" || kind === "own" ? random(things[kind]) : n;
  const upstream = !rarely(4) || kind === "cached" || kind === "own" ? "answers" : one("resets", "cuts");
  const what = upstream === "answers" ? "" : `?${upstream}`;
  const filler = rarely(10) ? text.slice(0, random(text.length)) : "";
  return {
    n,
    kind,
    method: kind === "echo" ? "POST" : kind === "policy" && rarely(30) ? "DELETE" : "GET",
    path: `/${kind}/${name}${what}`,
    verdict: rarely(60) ? "allow" : one("allow", "deny", "deny", "odd", "down"),
    token: rarely(70) ? "none" : one("good", "good", "good", "expired", "forged", "rubbish"),
    password: one("none", "right", "right", "right", "wrong"),
    upstream,
    client: `client-${Math.floor(n / 10_000)}-${random(8)}`,
    language: one("en", "de"),
    body: kind === "echo" ? `{"n": ${n}, "secret": "SECRET", "filler": "${filler}"}` : "",
    // Those that are counted strictly stay.
    leaves: kind === "limited" || !rarely(4) ? -1 : random(12) - 1 > 0 ? random(25) : 0,
  };
}
