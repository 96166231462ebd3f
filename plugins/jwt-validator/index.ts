import { register } from "as-proxy-wasm";
import { JwtValidator } from "./plugin";

register("jwt-validator", () => new JwtValidator());
