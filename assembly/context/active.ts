import { setLogThreshold } from "../runtime/log";
import { setMeter } from "../runtime/meter";
import { setShadowed } from "../runtime/shadow";
import { RootContext } from "./root";

/** The root context whose log level, shadow mode and meter hold now. */
let active: RootContext | null = null;

/** Lets the settings of a root context hold for what follows. */
// @ts-ignore: decorator
@inline
export function activate(root: RootContext | null): void {
  if (root !== active) exchange(root);
}

/** Lets those settings hold again that did before; the first callback of all leaves its own. */
// @ts-ignore: decorator
@inline
export function restore(outer: RootContext | null): void {
  if (outer !== null) activate(outer);
}

/** Drops a root context that is gone. */
export function forget(root: RootContext): void {
  if (active === root) exchange(null);
}

/** The root context whose settings hold. */
// @ts-ignore: decorator
@inline
export function activeRoot(): RootContext | null {
  return active;
}

/** Reads the settings of a root context again, after they changed. */
export function exchange(root: RootContext | null): void {
  active = root;
  setLogThreshold(root === null ? -1 : root.logLevel_);
  setShadowed(root === null ? false : root.shadow_);
  setMeter(root === null ? null : root.meter_);
}
