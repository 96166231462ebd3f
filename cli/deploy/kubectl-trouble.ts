import { MissingPrerequisite, WrongUse } from "../terminal.js";

/** kubectl found no object of that name: who asked knows what that means. */
export class NotFound extends WrongUse {}

/** Somebody else changed the object between our reading and our writing. */
export class Conflict extends MissingPrerequisite {}

/** Who asks may not do that. */
export class Forbidden extends MissingPrerequisite {}

type Trouble = (said: string, found: RegExpExecArray) => Error;

const missing = (text: string) => new MissingPrerequisite(text);

/** What kubectl writes to stderr, by its words, and the way out of it; the first that fits counts. */
const troubles: [RegExp, Trouble][] = [
  [
    /context "?([^"\n]+?)"? does not exist|context was not found for specified context: (\S+)/,
    (_, [, one, other]) =>
      new WrongUse(
        `kubectl knows no context ${one ?? other}: \`kubectl config get-contexts\` shows what there is`,
      ),
  ],
  [
    /cluster "([^"]*)" does not exist|no server found for cluster "([^"]*)"/,
    () => missing("the kubeconfig names a cluster that is not in it: see `kubectl config view`"),
  ],
  [
    /The connection to the server localhost:8080 was refused|no configuration has been provided/,
    () =>
      missing(
        "kubectl knows no cluster: set KUBECONFIG, or log in to one (a context is chosen with `--context`)",
      ),
  ],
  [
    /The connection to the server (\S+) was refused/,
    (_, [, host]) =>
      missing(`nothing listens on ${host}, where kubectl's context has the API server: is the cluster up?`),
  ],
  [
    /x509: .*|certificate (?:signed by unknown authority|has expired).*/,
    (_, [line]) => missing(`kubectl does not trust the API server (${line}): renew the kubeconfig`),
  ],
  [
    /Unable to connect to the server: (.*)|dial tcp:? (.*)|context deadline exceeded|i\/o timeout/,
    (_, [line, one, other]) =>
      missing(
        `kubectl does not reach the API server (${one ?? other ?? line}): see the network, and \`kubectl config current-context\``,
      ),
  ],
  [
    /^error: EOF$|must be logged in to the server|\(Unauthorized\)|error: You must be logged in|provide credentials/,
    () =>
      missing("the API server does not know who asks: log in again, the kubeconfig's credentials may be old"),
  ],
  [
    /getting credentials: .*/,
    (_, [line]) =>
      missing(`the kubeconfig's login helper failed (${line}): log in again as you do for kubectl itself`),
  ],
  [
    /(?:doesn't have a resource type "?wasmplugins|no matches for kind "WasmPlugin")/,
    () =>
      missing(
        "the cluster has no WasmPlugins: Istio is not installed there, or not its CRDs (`istioctl install`), or this is another cluster than you mean (--context)",
      ),
  ],
  [
    /(?:doesn't have a resource type "?|no matches for kind ")([\w.-]+)/,
    (_, [, kind]) => missing(`the cluster knows no ${kind}: what brings this kind is not installed there`),
  ],
  [
    /\(Forbidden\): (.*)/s,
    (said, [, why]) =>
      /admission webhook/.test(said)
        ? new WrongUse(`the cluster refuses it: ${oneLine(why!)}`)
        : new Forbidden(
            `the cluster forbids it: ${oneLine(why!)}; ask who runs the cluster for a Role that allows it`,
          ),
  ],
  [/namespaces "([^"]+)" not found/, (_, [, name]) => new WrongUse(`there is no namespace ${name}`)],
  [/\(NotFound\): (.*)/, (_, [, what]) => new NotFound(oneLine(what!))],
  [
    /\(Conflict\)|the object has been modified|\(AlreadyExists\)/,
    () => new Conflict("somebody else changed it at the same time: look at it, and run this again"),
  ],
  [/admission webhook .*/s, (_, [line]) => new WrongUse(`the cluster refuses it: ${oneLine(line)}`)],
  [
    /(?:\(Invalid\)|\(BadRequest\)|is invalid): ?(.*)/s,
    (_, [, why]) => new WrongUse(`the cluster refuses it: ${oneLine(why!)}`),
  ],
];

const oneLine = (text: string): string => text.trim().replace(/\s+/g, " ").slice(0, 500);

/** The sentence that says what kubectl's words mean and what to do. */
export function explainKubectl(stderr: string, command: string): Error {
  // Its own log comes in between, each line with a date.
  const said = stderr
    .split("\n")
    .filter((line) => !/^[EWI]\d{4} |^Warning: /.test(line))
    .join("\n")
    .trim();
  for (const [pattern, trouble] of troubles) {
    const found = pattern.exec(said === "" ? stderr : said);
    if (found !== null) return trouble(said, found);
  }
  const last = oneLine(said === "" ? stderr : said);
  return missing(`\`${command}\` failed: ${last === "" ? "it said nothing" : last}`);
}
