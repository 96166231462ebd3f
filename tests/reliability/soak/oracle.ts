import type { Plan } from "./plan.js";

/** What came of a request: an answer, or that it broke off, after its headers or before. */
export interface Seen {
  status: number;
  fields: [string, string][];
  body: string;
  /** False where the connection or the stream ended before the answer did. */
  complete: boolean;
}

/** What must come of a request, by the rules of the chain as its documentation has them. */
interface Due {
  status: number;
  /** What the answer's body is, where that is the same for all. */
  body?: string;
  /** Whether the upstream is asked. */
  asked: boolean;
}

function due({ kind, verdict, token, password, upstream }: Plan): Due {
  if (kind === "private" && password !== "right") return { status: 401, body: "Unauthorized", asked: false };
  if (token === "expired" || token === "forged" || token === "rubbish") return { status: 401, asked: false };
  const isAuthenticated = ["auth", "batched", "remembered", "both"].includes(kind);
  if (isAuthenticated && verdict === "deny")
    return { status: 403, body: '{"error": "Forbidden"}', asked: false };
  if (isAuthenticated && verdict === "odd")
    return { status: 500, body: "Internal authorization error", asked: false };
  if (isAuthenticated && verdict === "down" && kind !== "batched")
    return { status: 503, body: "Auth service unavailable", asked: false };
  const isPoliced = kind === "policy" || kind === "both";
  if (isPoliced && verdict === "deny") return { status: 403, body: '{"error": "Forbidden"}', asked: false };
  if (isPoliced && (verdict === "odd" || verdict === "down"))
    return { status: 503, body: "Policy service unavailable", asked: false };
  return { status: upstream === "resets" ? 503 : 200, asked: true };
}

/** Judges each answer by the request alone, and the upstream by how often it saw which. Shares no code with plugins. */
export class Oracle {
  readonly wrong: string[] = [];
  readonly statuses = new Map<number, number>();
  /** How often the upstream saw each request. */
  private readonly seen: Uint8Array;
  /** How often it has to: 0, 1, or 2 for either. */
  private readonly wanted: Uint8Array;
  private readonly limited = new Map<string, { sent: number; passed: number }>();
  judged = 0;
  left = 0;
  hits = 0;
  /** Generations that the upstream gave each cached thing, with when. */
  private readonly generations = new Map<string, Map<number, number>>();

  constructor(
    requests: number,
    private readonly limit: { burst: number; refillPerSecond: number },
  ) {
    this.seen = new Uint8Array(requests);
    this.wanted = new Uint8Array(requests);
  }

  private blame(plan: Plan, what: string): void {
    if (this.wrong.length < 20) this.wrong.push(`${what}: ${JSON.stringify(plan).slice(0, 400)}`);
  }

  /** The upstream was asked; what came with the request says who the chain thinks it is. */
  upstreamSaw(n: number, headers: Record<string, string | string[] | undefined>): void {
    if (n < 0 || n >= this.seen.length || Number.isNaN(n))
      this.wrong.push(`the upstream saw no known request: ${n}`);
    else if (this.seen[n]! < 255) this.seen[n]! += 1;
    for (const name of ["x-identity", "x-sub", "x-user"])
      if (String(headers[name] ?? "").includes("forged"))
        this.wrong.push(`request ${n} brought a forged ${name}`);
  }

  /** The upstream made a new generation of a thing. */
  made(thing: string, generation: number): void {
    const known = this.generations.get(thing) ?? new Map<number, number>();
    known.set(generation, performance.now());
    for (const old of known.keys()) if (old < generation - 40) known.delete(old);
    this.generations.set(thing, known);
  }

  /** The client went before it knew. */
  hasLeft(plan: Plan): void {
    this.left += 1;
    this.wanted[plan.n] = due(plan).asked ? 2 : 0;
  }

  answered(plan: Plan, seen: Seen): void {
    this.judged += 1;
    this.statuses.set(seen.status, (this.statuses.get(seen.status) ?? 0) + 1);
    const want = due(plan);
    const all = (name: string) => seen.fields.filter(([field]) => field === name).map(([, value]) => value);
    if (plan.kind === "limited") {
      const count = this.limited.get(plan.client) ?? { sent: 0, passed: 0 };
      this.limited.set(plan.client, count);
      count.sent += 1;
      // The limit comes first: what it refuses is asked nothing more, and what it passes has its place used up.
      if (seen.status === 429) {
        if (seen.body !== '{"error": "Too Many Requests"}') this.blame(plan, `429 with ${seen.body}`);
        return;
      }
      count.passed += 1;
    }
    if (want.asked && plan.upstream === "cuts") {
      // What there is of the answer may be lost with the connection, or be held: then it is an error of the proxy's.
      this.wanted[plan.n] = 1;
      if (seen.complete && seen.status !== 503 && seen.status !== 502)
        this.blame(plan, `complete ${seen.status}, though cut off`);
      return;
    }
    if (all("hello").join() !== "world") this.blame(plan, `greeted ${all("hello").join()}`);
    if (all("x-chain").join() !== plan.path) this.blame(plan, `x-chain is ${all("x-chain").join()}`);
    if (seen.status !== want.status) return this.blame(plan, `${seen.status} in place of ${want.status}`);
    if (!seen.complete) this.blame(plan, "broken off");
    if (want.body !== undefined && seen.body !== want.body) this.blame(plan, `the body is ${seen.body}`);
    const kept = plan.kind === "cached" && all("x-cache").join() === "HIT" && want.asked;
    this.wanted[plan.n] = want.asked && !kept ? 1 : 0;
    if (want.asked && plan.upstream === "answers") this.judgeAnswer(plan, seen, all);
  }

  private judgeAnswer(plan: Plan, seen: Seen, all: (name: string) => string[]): void {
    if (all("x-internal").length > 0) this.blame(plan, "x-internal came through");
    if (plan.kind === "cached") return this.judgeKept(plan, seen, all("x-cache").join());
    const body = plan.kind === "echo" ? JSON.stringify(this.echo(plan)) : `answer to ${plan.n}`;
    const got = plan.kind === "echo" ? JSON.stringify(parsed(seen.body)) : seen.body;
    if (got !== body) this.blame(plan, `the body is ${got.slice(0, 200)}`);
    const who = [
      ["x-saw-identity", ["auth", "batched", "remembered", "both"].includes(plan.kind) ? "known" : "none"],
      ["x-saw-sub", plan.token === "good" ? "ann" : "none"],
      ["x-saw-user", plan.kind === "private" ? "ann" : "none"],
      ["x-saw-authorization", plan.kind === "private" || plan.password === "none" ? "none" : "some"],
    ] as const;
    for (const [name, value] of who)
      if (all(name).join() !== value) this.blame(plan, `${name} is ${all(name).join()} in place of ${value}`);
  }

  private echo(plan: Plan): unknown {
    return { ...(JSON.parse(plan.body) as object), secret: "hidden", seen: true };
  }

  /** What is kept is of the same thing and language, and of a generation that may still be given out. */
  private judgeKept(plan: Plan, { body }: Seen, cache: string): void {
    const [thing, language, generation, secret] = body.split(" ");
    if (`/cached/${thing}` !== plan.path || language !== plan.language || secret !== "hidden")
      return this.blame(plan, `another thing's body: ${body}`);
    if (cache === "HIT") {
      this.hits += 1;
      const made = this.generations.get(`${thing} ${language}`)?.get(Number(generation));
      // It lives a second; whole seconds are counted, and this process may come to hear of the answer late.
      if (made === undefined || performance.now() - made > 30_000) this.blame(plan, `kept too long: ${body}`);
    } else if (cache !== "MISS") this.blame(plan, `x-cache is ${cache}`);
  }

  /** Judges what only the whole shows. */
  finish(seconds: number): string[] {
    let lost = 0;
    for (const [n, seen] of this.seen.entries()) {
      const wanted = this.wanted[n]!;
      if (wanted === 2 ? seen <= 1 : seen === wanted) continue;
      if (++lost < 10) this.wrong.push(`the upstream saw request ${n} ${seen} times, wanted ${wanted}`);
    }
    for (const [client, { sent, passed }] of this.limited) {
      const least = Math.min(sent, this.limit.burst);
      const most = Math.min(sent, this.limit.burst + Math.ceil(seconds * this.limit.refillPerSecond));
      if (passed < least || passed > most)
        this.wrong.push(`${client} got ${passed} of ${sent} through, ${least} to ${most} were due`);
    }
    return this.wrong;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return `no JSON: ${text}`;
  }
}
