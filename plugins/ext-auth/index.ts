import { register } from "as-proxy-wasm";
import { ExtAuth } from "./plugin";

register("ext-auth", () => new ExtAuth());
