// @ts-nocheck
// What stands before kubectl in the tests. Pods, their proxies and their logs are played from script.json, since the API
// server of the tests has none; WasmPlugins go to a real kubectl where $REAL_KUBECTL names one, and are kept in a file
// otherwise. What a pod of the script may say is in ../scripted.ts.
import { kept, other, passedOn, real } from "./objects.mjs";
import { logsOf, pods } from "./pods.mjs";
import { execInPod } from "./proxies.mjs";
import { begin, print, said, script, within } from "./words.mjs";

begin("calls.txt");
const [verb, kind = ""] = said;
const isPlayed = /^(namespaces?|services?|replicasets\.apps|deployments\.apps)$/.test(kind);
if (verb === "exec") execInPod(said[1], within);
else if (verb === "logs") logsOf(said[1]);
else if (verb === "auth" && kind === "can-i") canI();
else if (verb === "auth") print(script.user ?? "tester");
else if (verb === "config") print(script.namespace ?? "");
else if (/^pods?$/.test(kind)) pods();
else if (isPlayed) other();
else if (real !== null) passedOn();
else kept();

function canI() {
  const isForbidden = (script.forbidden ?? []).some((right) => right === said.slice(2).join(" "));
  print(isForbidden ? "no\n" : "yes\n");
  process.exitCode = isForbidden ? 1 : 0;
}
