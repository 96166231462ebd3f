import type { DoctorFinding } from "./finding.js";
import { ask } from "./probe.js";

/** A program that some commands use, and none of all. */
interface Wanted {
  name: string;
  program: string;
  args: string[];
  /** Takes the version out of what it says. */
  version: RegExp;
  purpose: string;
  remedy: string;
  /** What else is asked where it is there. */
  more?: (environment: NodeJS.ProcessEnv) => Promise<string[]>;
}

const wanted: Wanted[] = [
  {
    name: "kubectl",
    program: "kubectl",
    args: ["version", "--client", "--output=json"],
    version: /"gitVersion":\s*"v?([^"]+)"/,
    purpose:
      "apw deploy, status, versions, update, rollback, logs, debug, undeploy, and bench --url: WasmPlugins in a cluster",
    remedy: "install it from kubernetes.io/docs/tasks/tools",
    more: contextOf,
  },
  {
    name: "istioctl",
    program: "istioctl",
    args: ["version", "--remote=false"],
    version: /(\d+\.\d+\.\S*)/,
    purpose:
      "what Istio itself says of a manifest, and how a proxy is reached without exec: apw validate, deploy and debug ask it, none needs it",
    remedy: "install it from istio.io/latest/docs/setup/getting-started",
  },
  {
    name: "docker",
    program: "docker",
    args: ["version", "--format", "{{.Client.Version}}{{if .Server}} {{.Server.Version}}{{end}}"],
    version: /^(\d\S*)/,
    purpose: "running images and a registry of your own; apw image builds and pushes without it",
    remedy: "install Docker or Podman, where you want one",
    more: async (environment) => {
      const said = await ask("docker", ["info", "--format", "{{.ServerVersion}}"], { environment });
      const runs = said !== null && said !== "late" && said.exitCode === 0;
      return [runs ? "its daemon runs" : "its daemon does not run"];
    },
  },
  {
    name: "Go",
    program: "go",
    args: ["version"],
    version: /go(\d\S*)/,
    purpose: "the tests of as-proxy-wasm itself that ask Istio's and OPA's own code; no command needs it",
    remedy: "install it from go.dev/dl",
  },
  {
    name: "OPA",
    program: "opa",
    args: ["version"],
    version: /Version:\s*(\S+)/,
    purpose: "trying policies for the plugin rbac-enforcer; no command needs it",
    remedy: "install it from openpolicyagent.org/docs",
  },
];

/** The programs that commands call or people use beside them. */
export async function examinePrograms(environment: NodeJS.ProcessEnv): Promise<DoctorFinding[]> {
  return Promise.all(wanted.map((one) => examine(one, environment)));
}

async function examine(one: Wanted, environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const { name, program, args, version, purpose, remedy, more } = one;
  const said = await ask(program, args, { environment });
  if (said === null) return { name, state: "absent", details: ["not on the PATH"], purpose, remedy };
  if (said === "late")
    return {
      name,
      state: "absent",
      details: ["it does not answer within 5 s"],
      purpose,
      remedy: `see why ${program} ${args[0]} hangs`,
    };
  const found = version.exec(said.text)?.[1];
  const rest = (await more?.(environment)) ?? [];
  return { name, state: "there", details: [found ?? said.text.split("\n")[0] ?? "", ...rest], purpose };
}

/** The context that kubectl talks to, and whether something answers there. */
async function contextOf(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const context = await ask("kubectl", ["config", "current-context"], { environment });
  if (context === "late" || context === null || context.exitCode !== 0)
    return ["no current context: kubectl config use-context names a cluster"];
  const server = await ask("kubectl", ["version", "--output=json", "--request-timeout=3s"], { environment });
  const name = context.text.split("\n")[0];
  if (server === "late" || server === null || server.exitCode !== 0)
    return [`its context is ${name}, and no cluster answers there`];
  const version = /"serverVersion":[^]*?"gitVersion":\s*"v?([^"]+)"/.exec(server.text)?.[1];
  return [`its context is ${name}${version ? `, a cluster with Kubernetes ${version}` : ""}`];
}
