import { register } from "as-proxy-wasm";
import { Cache } from "./plugin";

register("cache", () => new Cache());
