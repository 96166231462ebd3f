import { register } from "as-proxy-wasm";
import { Callouts } from "./callouts";
import { Connections } from "./connections";
import { Contexts, Delayed } from "./contexts";
import { Foreign } from "./foreign";
import { Grpc } from "./grpc";
import { Messages } from "./messages";
import { Probe } from "./probe";
import { Reentrancy } from "./reentrancy";
import { State } from "./state";

/** One plugin for each part of the ABI. What a stream is to do is in its header `x-do`. */
register("messages", () => new Messages());
register("callouts", () => new Callouts());
register("grpc", () => new Grpc());
register("state", () => new State());
register("foreign", () => new Foreign());
register("contexts", () => new Contexts());
register("delayed", () => new Delayed());
register("connections", () => new Connections());
register("reentrancy", () => new Reentrancy());
register("probe", () => new Probe());
