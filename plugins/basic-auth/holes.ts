import { log } from "as-proxy-wasm";
import { Rule } from "./rule";

/**
 * Warns of requests that a configuration lets by although it names their path: other methods than a rule's, other hosts.
 * What nobody named at all is no hole.
 */
export function warnOfHoles(rules: Rule[]): void {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    if (!rule.methods.hasAll && !isCovered(rules, rule, false)) {
      log.warn(
        rule.place +
          '.request_methods: other methods need no credentials here; name "*", or set unmatched to deny',
      );
    }
    if (rule.hosts.length > 0 && !isCovered(rules, rule, true)) {
      log.warn(
        rule.place +
          ".hosts: a request that names another host needs no credentials here, and clients can name any; " +
          "have routes for these hosts only, or set unmatched to deny",
      );
    }
  }
}

/** Warns of rules that never decide, since one before them fits all that they fit. */
export function warnOfDeadRules(rules: Rule[]): void {
  for (let i = 1; i < rules.length; i++) {
    for (let before = 0; before < i; before++) {
      const rule = rules[before];
      if (!rule.coversPlaceOf(rules[i]) || !rule.methods.covers(rules[i].methods)) continue;
      log.warn(rules[i].place + ": never decides, since " + rule.place + " fits all its requests");
      break;
    }
  }
}

/** Whether a rule has every method where this one holds, and, with `everyHost`, every host too. */
function isCovered(rules: Rule[], rule: Rule, everyHost: bool): bool {
  for (let i = 0; i < rules.length; i++) {
    const other = rules[i];
    if (other === rule) continue;
    if (everyHost ? other.hosts.length > 0 : !other.methods.hasAll) continue;
    if (other.coversPlaceOf(rule) && other.methods.covers(rule.methods)) return true;
  }
  return false;
}
