import { register } from "as-proxy-wasm";
import { RbacEnforcer } from "./plugin";

register("rbac-enforcer", () => new RbacEnforcer());
