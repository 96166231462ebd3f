import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../../cli/run/events.js";
import { hints } from "../../cli/run/hints.js";
import { unnamedClusters } from "../../cli/words/unnamed-clusters.js";

const logged: RunEvent = {
  event: "log",
  plugin: "rbac-enforcer",
  level: "error",
  message: "no cluster for opa.policy:8181 is known to the host: tried outbound|8181||opa.policy, and more",
};

const warningsAfter = (known: readonly string[]): string[] => {
  const seen: RunEvent[] = [];
  const emit = hints((event) => seen.push(event), null, known);
  emit(logged);
  emit(logged);
  return seen.flatMap((event) => (event.event === "warning" ? [event.message] : []));
};

test("an unknown cluster is told of once, by the configuration or by the log", () => {
  const config = JSON.stringify({ policy_endpoint: "http://opa.policy:8181/v1/data/a" });
  const told = unnamedClusters("rbac-enforcer", config, []);
  assert.deepEqual(
    [...told],
    [
      [
        "outbound|8181||opa.policy",
        "rbac-enforcer calls outbound|8181||opa.policy (policy_endpoint), and no --cluster says where that is: " +
          "--cluster 'outbound|8181||opa.policy=http://opa.policy:8181'",
      ],
    ],
  );
  assert.deepEqual(warningsAfter([...told.keys()]), []);
  assert.equal(warningsAfter([]).length, 1);
});

test("a cluster that has a URL beside it is told of with that", () => {
  const config = JSON.stringify({ jwks_uri: "http://[fd00::7]:8080/keys", jwks_cluster: "keys" });
  assert.deepEqual(
    [...unnamedClusters("jwt-validator", config, []).values()],
    [
      "jwt-validator calls keys (jwks_uri), and no --cluster says where that is: --cluster 'keys=http://[fd00::7]:8080'",
    ],
  );
});
