import { Command, Option } from "commander";

const layout = () =>
  new Option("--layout <layout>", "how it is laid out; Istio takes each of them")
    .choices(["docker", "oci", "artifact"])
    .default("docker");

/** Options of the commands that make an image from a module. */
function making(command: Command): Command {
  return command
    .addOption(layout())
    .option(
      "--annotation <name=value>",
      "sets an annotation, or takes it away where the value is empty; may be repeated",
      collect,
    )
    .option(
      "--config-schema <file>",
      "the JSON schema of the configuration, where it does not lie beside the plugin",
    )
    .option(
      "--revision [commit]",
      "the commit that it was built from; without a value, the one that git has checked out",
    )
    .option("--force", "makes an image of a module that hosts would not load, or that Istio refuses");
}

/** Options of the commands that talk to a registry. */
function talking(command: Command): Command {
  return command
    .option("--username <name>", "logs in with this name, in place of what docker login left")
    .option("--password-stdin", "reads the password from stdin")
    .option("--plain-http", "talks http, not https; on the loopback that is found out by itself");
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const work = async () => import("../oci/commands.js");

const build = making(new Command("build"))
  .description("makes an image of a module, without Docker; the same module gives the same bytes")
  .argument("[plugin]", "a .wasm file, a project's folder or a bundled plugin; the project here by default")
  .option("-o, --output <path>", "a .tar, or a folder for an OCI layout; beside the module by default")
  .option("--json", "for a program")
  .addHelpText(
    "after",
    `
What apw image build and push make, by layout:
  docker     as FROM scratch and COPY plugin.wasm make it: what most tools know
  oci        the same with OCI's media types, and annotations in the manifest
  artifact   the module as it is, for registries of artifacts; two layers, as Istio wants them
The tar is an OCI archive, and a docker-archive too where the image has layers of files:
skopeo and crane read it, docker load the first two layouts.

Annotations come from package.json (version, description, license, repository, homepage), from the module and from
config.schema.json: org.opencontainers.image.* and as-proxy-wasm.abi-version, .config-schema, .root-ids, .filter and
.module-sha256. Docker's layout keeps them as labels. The time in an image is 1970, or $SOURCE_DATE_EPOCH.

Examples
  apw image build                                    the project here, to build/<name>.tar
  apw image build my.wasm --output image.tar         a module of any SDK
  apw image build hello --layout oci -o folder/      a bundled plugin, as an OCI layout
  apw image build --revision --annotation org.opencontainers.image.vendor=Acme`,
  )
  .action(
    async (plugin: string | undefined, options: Parameters<Awaited<ReturnType<typeof work>>["build"]>[1]) =>
      (await work()).build(plugin, options),
  );

const push = talking(making(new Command("push")))
  .description("puts an image into a registry, and says what the WasmPlugin needs of it")
  .argument(
    "<image>",
    "a .tar or a folder with an image, or a .wasm file, project or bundled plugin to make one of",
  )
  .argument("<target>", "oci://host/name:tag")
  .option("--json", "for a program")
  .addHelpText(
    "after",
    `
Credentials are what docker login or podman login left (with their helpers), or --username and --password-stdin.
An upload that breaks off goes on where it was; blobs that the registry has are not sent again.

Examples
  apw image push build/my-filter.wasm oci://ghcr.io/acme/my-filter:1.2.0
  apw image push image.tar oci://127.0.0.1:5000/my-filter:dev
  echo "$TOKEN" | apw image push . oci://registry.example.com/my-filter:1.2.0 --username ci --password-stdin`,
  )
  .action(
    async (image: string, target: string, options: Parameters<Awaited<ReturnType<typeof work>>["push"]>[2]) =>
      (await work()).push(image, target, options),
  );

const pull = talking(new Command("pull"))
  .description("takes the module out of an image of any layout, with all digests checked")
  .argument("<image>", "oci://host/name:tag, a .tar, or a folder with an OCI layout")
  .option("-o, --output <file>", "where the module goes; ./<name>.wasm by default")
  .option("--sha256 <digest>", "the digest that the image must have, as spec.sha256 of a WasmPlugin says")
  .option("--json", "for a program")
  .addHelpText(
    "after",
    `
Examples
  apw image pull oci://ghcr.io/acme/my-filter:1.2.0 --output my-filter.wasm
  apw image pull oci://ghcr.io/acme/my-filter@sha256:<digest>`,
  )
  .action(async (image: string, options: Parameters<Awaited<ReturnType<typeof work>>["pull"]>[1]) =>
    (await work()).pull(image, options),
  );

const inspect = talking(new Command("inspect"))
  .description(
    "says what an image is made of, and whether Istio would take it; exit code 1 when it would not",
  )
  .argument("<image>", "oci://host/name:tag, a .tar, or a folder with an OCI layout")
  .option("--json", "for a program")
  .addHelpText(
    "after",
    `
Examples
  apw image inspect oci://ghcr.io/acme/my-filter:1.2.0
  apw image inspect image.tar --json`,
  )
  .action(async (image: string, options: Parameters<Awaited<ReturnType<typeof work>>["inspect"]>[1]) =>
    (await work()).inspect(image, options),
  );

export const image = new Command("image")
  .description("builds, pushes, pulls and inspects images of plugins, no Docker needed")
  .addCommand(build)
  .addCommand(push)
  .addCommand(pull)
  .addCommand(inspect)
  .addHelpText(
    "after",
    `
Examples
  apw image build --output image.tar                         the project here as an image
  apw image push image.tar oci://ghcr.io/acme/my-filter:1.2.0   prints url and sha256 for the WasmPlugin
  apw image inspect oci://ghcr.io/acme/my-filter:1.2.0       would Istio take it?`,
  );
