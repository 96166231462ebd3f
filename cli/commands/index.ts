import { deploy } from "./deploy.js";
import { status } from "./status.js";
import { versions } from "./versions.js";
import { update } from "./update.js";
import { rollback } from "./rollback.js";
import { logs } from "./logs.js";
import { debug } from "./debug.js";
import { undeploy } from "./undeploy.js";
import { init } from "./init.js";
import { bench } from "./bench.js";
import { build } from "./build.js";
import { check } from "./check.js";
import type { Command } from "commander";
import { validate } from "./validate.js";
import { image } from "./image.js";
import { manifest } from "./manifest.js";
import { run } from "./run.js";
import { test } from "./test.js";
import { call } from "./call.js";
import { doctor } from "./doctor.js";

/** The commands of `apw`, in the order in which one meets them. What does the work is loaded when a command runs. */
export const commands: Command[] = [
  init,
  build,
  check,
  run,
  test,
  call,
  bench,
  doctor,
  image,
  manifest,
  validate,
  deploy,
  status,
  versions,
  update,
  rollback,
  logs,
  debug,
  undeploy,
];
