import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy } from "../../cli/envoy/process.js";
import type { EnvoyFilter, WasmPlugin } from "../../cli/istio/types.js";
import { type ManifestOptions, render } from "../../cli/manifest/command.js";
import { joined } from "../../cli/manifest/write.js";
import { request } from "../../cli/request.js";
import { Upstream } from "../../cli/upstream.js";
import { PluginSchemas } from "../../cli/validate/plugin-config.js";
import { manifestsIn } from "../../cli/validate/read.js";
import { validate } from "../../cli/validate/validate.js";
import { plugin as moduleOf } from "../envoy/harness.js";
import { apwIn, refuseAll } from "./apw.js";
import { atAddresses, digest, forms, usual } from "./manifest/forms.js";

/** What tests look at in the objects that are made. */
interface Spec {
  hosts: string[];
  host: string;
  ports: { number: number }[];
  pluginConfig: Record<string, unknown>;
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-manifest-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const documents = async (
  plugins: string[],
  options: Partial<ManifestOptions> = {},
): Promise<Record<string, unknown>[]> =>
  parseAllDocuments(joined(await render(plugins, { ...usual, ...options }))).map(
    (document) => document.toJS() as Record<string, unknown>,
  );

const wasmPlugins = async (
  plugins: string[],
  options: Partial<ManifestOptions> = {},
): Promise<WasmPlugin[]> =>
  (await documents(plugins, options)).filter(({ kind }) => kind === "WasmPlugin") as unknown as WasmPlugin[];

suite("every form passes apw validate, and explains what was chosen", () => {
  for (const { name, plugins, options } of forms) {
    test(name, async () => {
      const text = joined(await render(plugins, { ...usual, ...options }));
      const found = validate(manifestsIn(text, "x.yaml"), new PluginSchemas()).filter(
        ({ level }) => level === "error",
      );
      assert.deepEqual(
        found.map(({ message }) => message),
        [],
      );
      const [first] = manifestsIn(text, "x.yaml");
      const keys =
        first!.value!["kind"] === "WasmPlugin"
          ? ["phase", "match", "failStrategy", "priority"]
          : ["context", "failure_policy"];
      for (const key of keys)
        assert.match(text, new RegExp(`^ *# .+\\n *(- )?${key}:`, "m"), `${key} has no comment`);
    });
  }
});

suite("a WasmPlugin", () => {
  test("has the phase, mode and failure strategy that the plugin needs, and what is asked for in their place", async () => {
    const [usualOne] = await wasmPlugins(["basic-auth"]);
    assert.deepEqual(
      [usualOne!.spec.phase, usualOne!.spec.match, usualOne!.spec.failStrategy],
      ["AUTHN", [{ mode: "SERVER" }], "FAIL_CLOSE"],
    );
    const [other] = await wasmPlugins(["basic-auth"], {
      phase: "AUTHZ",
      mode: "CLIENT",
      failStrategy: "FAIL_RELOAD",
      priority: -3,
      port: [80],
    });
    assert.deepEqual(
      [other!.spec.phase, other!.spec.match, other!.spec.failStrategy, other!.spec.priority],
      ["AUTHZ", [{ mode: "CLIENT", ports: [{ number: 80 }] }], "FAIL_RELOAD", -3],
    );
  });

  test("is for CLIENT at a gateway, however the gateway is named", async () => {
    for (const options of [{ gateway: "main" }, { selector: { istio: "ingressgateway" } }]) {
      const [made] = await wasmPlugins(["basic-auth"], options);
      assert.deepEqual(made!.spec.match, [{ mode: "CLIENT" }]);
    }
  });

  test("of several has priorities that go down within a phase: the higher number runs first", async () => {
    const made = await wasmPlugins(["rate-limit", "jwt-validator", "basic-auth", "rbac-enforcer"], {
      selector: { app: "a" },
    });
    assert.deepEqual(
      made.map(({ metadata, spec }) => [metadata.name, spec.phase, spec.priority]),
      [
        ["rate-limit", "AUTHN", 300],
        ["jwt-validator", "AUTHN", 200],
        ["basic-auth", "AUTHN", 100],
        ["rbac-enforcer", "AUTHZ", 50],
      ],
    );
  });

  test("comes in the phase of the one before it where its own would be earlier", async () => {
    const made = await wasmPlugins(["rbac-enforcer", "hello", "custom-metrics"], { selector: { app: "a" } });
    assert.deepEqual(
      made.map(({ spec }) => spec.phase),
      ["AUTHZ", "UNSPECIFIED_PHASE", "UNSPECIFIED_PHASE"],
    );
    assert.ok(made[1]!.spec.priority! > made[2]!.spec.priority!);
  });

  test("beside a canary: two of them, each for pods with its label", async () => {
    const [stable, canary] = await wasmPlugins(["hello"], {
      selector: { app: "web" },
      canary: "oci://r.example.com/hello:2",
      canarySha256: digest,
      canaryLabel: { version: "v2" },
      stableLabel: { version: "v1" },
    });
    assert.deepEqual(stable!.spec.selector, { matchLabels: { app: "web", version: "v1" } });
    assert.deepEqual(canary!.spec.selector, { matchLabels: { app: "web", version: "v2" } });
    assert.deepEqual(
      [canary!.spec.url, canary!.spec.sha256, stable!.spec.sha256],
      ["oci://r.example.com/hello:2", digest, undefined],
    );
  });

  test("for a service outside of the mesh brings a ServiceEntry, and for TLS a DestinationRule; for one inside nothing", async () => {
    const kinds = async (config: object, plugin = "rbac-enforcer") =>
      (await documents([plugin], { config: JSON.stringify(config) })).map(({ kind }) => kind);
    assert.deepEqual(await kinds({ policy_endpoint: "http://opa.policy:8181/v1/data/a" }), ["WasmPlugin"]);
    assert.deepEqual(await kinds({ policy_endpoint: "http://opa.policy.svc.cluster.local:8181/v1/data/a" }), [
      "WasmPlugin",
    ]);
    assert.deepEqual(await kinds({ policy_endpoint: "http://opa.example.com/v1/data/a" }), [
      "WasmPlugin",
      "ServiceEntry",
    ]);
    assert.deepEqual(await kinds({ policy_endpoint: "https://opa.example.com/v1/data/a" }), [
      "WasmPlugin",
      "ServiceEntry",
      "DestinationRule",
    ]);
    assert.deepEqual(
      await kinds(
        { requests_per_second: 1, global: { cluster: "limits.example.com:8081", domain: "a" } },
        "rate-limit",
      ),
      ["WasmPlugin", "ServiceEntry"],
    );
  });

  test("for a service at an address tells the plugin the cluster that the ServiceEntry makes", async () => {
    const seen = [];
    for (const { name, plugin, config } of atAddresses) {
      const made = await documents([plugin], { config: JSON.stringify(config) });
      const spec = (kind: string) => made.find((one) => one["kind"] === kind)!["spec"] as Spec;
      const [host] = spec("ServiceEntry").hosts;
      assert.doesNotMatch(host!, /^[\d.]+$|:/, "no address");
      const cluster = `outbound|${spec("ServiceEntry").ports[0]!.number}||${host}`;
      const told = JSON.stringify(spec("WasmPlugin").pluginConfig);
      assert.ok(told.includes(JSON.stringify(cluster)), `${name}: ${told}`);
      if (/https:/.test(JSON.stringify(config))) assert.equal(spec("DestinationRule").host, host);
      assert.doesNotMatch(JSON.stringify(made), /"sni":"[\d.:[\]]+"/, "an address is no server name");
      seen.push(cluster);
    }
    assert.deepEqual(seen.slice(0, 4), [
      "outbound|8181||10-1-2-3-8181.external",
      "outbound|443||10-1-2-3-443.external",
      "outbound|8443||fd00--7-8443.external",
      "outbound|80||001-80.external",
    ]);
  });

  test("has the plugin itself call that cluster", async () => {
    const opa = await Upstream.start(() => ({
      headers: { "content-type": "application/json" },
      body: '{"result": true}',
    }));
    try {
      const { plugin, config } = atAddresses[0]!;
      const [made] = await wasmPlugins([plugin], { config: JSON.stringify(config) });
      const { exitCode, stdout, stderr } = await apwIn(
        { cwd: folder },
        ...["call", plugin, "/a", "--config", JSON.stringify(made!.spec.pluginConfig), "--json"],
        ...["--cluster", `outbound|8181||10-1-2-3-8181.external=http://127.0.0.1:${opa.port}`],
      );
      assert.deepEqual([exitCode, stderr], [0, ""]);
      assert.equal(opa.requests.length, 1, stdout);
    } finally {
      await opa.stop();
    }
  });

  test("writes no ServiceEntry for a cluster of another name, which it would not make", async () => {
    const config = { policy_endpoint: "http://10.1.2.3:8181/v1/data/a", policy_cluster: "opa" };
    const made = await documents(["rbac-enforcer"], { config: JSON.stringify(config) });
    assert.deepEqual(
      made.map(({ kind }) => kind),
      ["WasmPlugin"],
    );
    assert.deepEqual((made[0]!["spec"] as Spec).pluginConfig, config);
  });

  test("of a module at an address fetches it through the cluster that the ServiceEntry makes", async () => {
    const options = { kind: "envoyfilter", sha256: digest, selector: { app: "web" } } as const;
    const made = await documents(["hello"], { ...options, image: "http://10.1.2.3:8000/a.wasm" });
    assert.match(JSON.stringify(made), /"cluster":"outbound\|8000\|\|10-1-2-3-8000\.external"/);
    assert.deepEqual((made[1]!["spec"] as Spec).hosts, ["10-1-2-3-8000.external"]);
  });

  test("reads --config as all commands do", async () => {
    await writeFile(join(folder, "config.json"), '{"header_name": "x-a", "header_value": "1"}');
    for (const config of ["@config.json", "config.json", "custom-headers=config.json"]) {
      const { stdout } = await apwIn({ cwd: folder }, "manifest", "custom-headers", "--config", config);
      assert.match(stdout, /header_name: x-a/, config);
    }
  });

  test("of custom-metrics says which annotation its labels need", async () => {
    const text = joined(
      await render(["custom-metrics"], {
        ...usual,
        config: '{"metrics_prefix": "a", "include_headers": ["X-Tenant", "x_tenant"]}',
      }),
    );
    assert.match(
      text,
      /^# +sidecar\.istio\.io\/extraStatTags: method,response_code_class,x_tenant,x_tenant_2$/m,
    );
  });
});

suite("a project's apw.yaml", () => {
  test("describes a chain; images come from its registry and version", async () => {
    const place = join(folder, "project");
    await mkdir(join(place, "assembly"), { recursive: true });
    await writeFile(join(place, "package.json"), JSON.stringify({ name: "@acme/mine", version: "1.4.0" }));
    await writeFile(join(place, "assembly", "index.ts"), "");
    await writeFile(
      join(place, "auth.json"),
      JSON.stringify({ basic_auth_rules: [{ prefix: "/", request_methods: ["GET"], credentials: ["a:b"] }] }),
    );
    const file = join(place, "apw.yaml");
    await writeFile(
      file,
      `namespace: shop
target: { labels: { app: web } }
registry: oci://registry.example.com/team
plugins:
  - plugin: basic-auth
    image: oci://registry.example.com/basic-auth:1
    config: auth.json
  - plugin: .
    failStrategy: FAIL_OPEN
    phase: STATS
    env: { REGION: eu, POD_NAME: null }
    canary: { image: "oci://registry.example.com/team/mine:2.0.0" }
`,
    );
    const made = await wasmPlugins([], { file });
    assert.deepEqual(
      made.map(({ metadata, spec }) => [metadata.namespace, metadata.name, spec.url]),
      [
        ["shop", "basic-auth", "oci://registry.example.com/basic-auth:1"],
        ["shop", "mine-stable", "oci://registry.example.com/team/mine:1.4.0"],
        ["shop", "mine-canary", "oci://registry.example.com/team/mine:2.0.0"],
      ],
    );
    assert.deepEqual(made[1]!.spec.vmConfig?.env, [
      { name: "REGION", value: "eu" },
      { name: "POD_NAME", valueFrom: "HOST" },
    ]);
    assert.ok(made[0]!.spec.pluginConfig!["basic_auth_rules"]);
  });

  test("with mistakes is refused with file, line and what was meant", async () => {
    const file = join(folder, "wrong.yaml");
    await writeFile(file, "plugins:\n  - plugin: hello\n    fail_strategy: FAIL_OPEN\n    priority: high\n");
    await assert.rejects(render([], { ...usual, file }), (error: Error) => {
      assert.match(error.message, /wrong\.yaml:3: .*fail_strategy is not known.* Write failStrategy\./);
      assert.match(error.message, /wrong\.yaml:4: .*priority is the text "high", where integer is needed/);
      return true;
    });
  });
});

suite("in a real Envoy", () => {
  let upstream: Upstream;
  before(async () => {
    upstream = await Upstream.start(() => ({ body: "ok" }));
  });
  after(() => upstream.stop());

  /** Starts Envoy with a bootstrap's text; its fixed ports become free ones. */
  async function withEnvoy(text: string, use: (port: number, envoy: Envoy) => Promise<void>): Promise<void> {
    const bootstrap = parse(text) as {
      static_resources: {
        listeners: { address: { socket_address: { port_value: number; address: string } } }[];
      };
      admin: { address: { socket_address: { port_value: number } } };
    };
    for (const { address } of bootstrap.static_resources.listeners)
      address.socket_address = { address: "127.0.0.1", port_value: 0 };
    bootstrap.admin.address.socket_address.port_value = 0;
    const { path } = await findEnvoy();
    const envoy = await Envoy.start({
      binary: path,
      listeners: [],
      clusters: [],
      more: bootstrap,
    });
    try {
      await use(envoy.port("main"), envoy);
    } finally {
      await envoy.stop();
    }
  }

  const here = () => ({ upstream: `127.0.0.1:${upstream.port}` });

  test("a bootstrap is taken and changes a response", async () => {
    const [made] = await render(["hello"], {
      ...usual,
      ...here(),
      kind: "bootstrap",
      module: await moduleOf("hello"),
    });
    await withEnvoy(made!.text, async (port) => {
      const { status, headers } = await request(port, { path: "/" });
      assert.deepEqual([status, headers.get("hello")], [200, "world"]);
    });
  });

  test("a bootstrap with custom-metrics shows its labels", async () => {
    const [made] = await render(["custom-metrics"], {
      ...usual,
      ...here(),
      kind: "bootstrap",
      module: await moduleOf("custom-metrics"),
      config: '{"metrics_prefix": "shop", "include_headers": ["x-tenant"]}',
    });
    await withEnvoy(made!.text, async (port, envoy) => {
      await request(port, { path: "/", headers: { "x-tenant": "blue" } });
      assert.match(
        await envoy.admin.prometheus(),
        /shop_requests_total\{[^}]*method="GET"[^}]*x_tenant="blue"[^}]*\} 1/,
      );
    });
  });

  test("ECDS files are read, and a file that is moved to their place changes the filter", async () => {
    const place = join(folder, "ecds");
    const options = {
      ...usual,
      ...here(),
      kind: "ecds",
      output: place,
      module: await moduleOf("custom-headers"),
    } as const;
    const write = async (value: string) => {
      const files = await render(["custom-headers"], {
        ...options,
        config: JSON.stringify({ header_name: "x-made", header_value: value }),
      });
      await mkdir(place, { recursive: true });
      for (const { name, text } of files) await writeFile(join(place, `.${name}`), text);
      for (const { name } of files) await rename(join(place, `.${name}`), join(place, `${name}.yaml`));
      return files[0]!.text;
    };
    await withEnvoy(await write("one"), async (port) => {
      assert.equal((await request(port, { path: "/" })).headers.get("x-made"), "one");
      await write("two");
      const until = Date.now() + 10_000;
      let seen: string | null | undefined;
      while (seen !== "two" && Date.now() < until)
        seen = (await request(port, { path: "/" })).headers.get("x-made");
      assert.equal(seen, "two");
    });
  });

  test("the extension of an EnvoyFilter is fetched by its digest, and changes a response", async () => {
    const module = await readFile(await moduleOf("hello"));
    const files = createServer((_, response) => response.end(module));
    await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
    const { port: filesPort } = files.address() as AddressInfo;
    try {
      const [made] = await documents(["hello"], {
        kind: "envoyfilter",
        selector: { app: "a" },
        image: `http://127.0.0.1:${filesPort}/hello.wasm`,
        sha256: createHash("sha256").update(module).digest("hex"),
      });
      const [place, extension] = (made as unknown as EnvoyFilter).spec!.configPatches!;
      const resource = join(folder, "extension.json");
      await writeFile(
        resource,
        JSON.stringify({
          resources: [
            {
              "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
              ...extension!.patch!.value,
            },
          ],
        }),
      );
      // istiod answers by ADS; a file stands in for it here.
      const asked = place!.patch!.value as {
        name: string;
        config_discovery: { config_source: object; type_urls: string[] };
      };
      asked.config_discovery.config_source = {
        path_config_source: { path: resource },
        resource_api_version: "V3",
        initial_fetch_timeout: "0s",
      };
      const { path } = await findEnvoy();
      const envoy = await Envoy.start({
        binary: path,
        listeners: [{ name: "main", filters: [asked], routes: [{ prefix: "/", cluster: "upstream" }] }],
        clusters: [
          { name: "upstream", address: { port: upstream.port } },
          { name: `outbound|${filesPort}||127-0-0-1-${filesPort}.external`, address: { port: filesPort } },
        ],
      });
      try {
        assert.equal((await request(envoy.port("main"), { path: "/" })).headers.get("hello"), "world");
      } finally {
        await envoy.stop();
      }
    } finally {
      files.close();
    }
  });
});

suite("the command", () => {
  test("prints YAML, or writes files and leaves alone what is there", async () => {
    const { exitCode: code, stdout } = await apwIn(
      { cwd: folder },
      "manifest",
      "hello",
      "--selector",
      "app=web",
      "--namespace",
      "shop",
    );
    assert.equal(code, 0);
    assert.equal((parse(stdout) as WasmPlugin).metadata.namespace, "shop");
    const output = join(folder, "written");
    const first = await apwIn(
      { cwd: folder },
      "manifest",
      "jwt-validator",
      "--selector",
      "app=web",
      "-o",
      output,
    );
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(
      first.stdout,
      /^wrote .*jwt-validator\.yaml\nwrote .*services-1\.yaml\nwrote .*services-2\.yaml\n$/,
    );
    const second = await apwIn(
      { cwd: folder },
      "manifest",
      "jwt-validator",
      "--selector",
      "app=web",
      "-o",
      output,
    );
    assert.equal(second.exitCode, 2);
    assert.match(second.stderr, /would be overwritten: say --force/);
    assert.equal(
      (
        await apwIn(
          { cwd: folder },
          "manifest",
          "jwt-validator",
          "--selector",
          "app=web",
          "-o",
          output,
          "--force",
        )
      ).exitCode,
      0,
    );
    const words = ["manifest", "hello", "--selector", "app=web", "-o", "not/yet/there.yaml"];
    const one = await apwIn({ cwd: folder }, ...words);
    assert.deepEqual([one.stdout, one.stderr], ["wrote not/yet/there.yaml\n", ""]);
  });

  const wrongUses: [what: string, words: string[], says: RegExp][] = [
    ["no plugin, and no terminal", [], /no project here/],
    ["a plugin that there is not", ["basic_auth"], /there is no file or folder basic_auth/],
    [
      "a kind that there is not",
      ["hello", "--kind", "deployment"],
      /Allowed choices are wasmplugin, envoyfilter, bootstrap, ecds/,
    ],
    [
      "a url without a scheme",
      ["hello", "--image", "127.0.0.1:5000/a:1"],
      /is no place of a module: write oci:/,
    ],
    ["a digest that is none", ["hello", "--sha256", "sha256:12"], /expected 64 hexadecimal digits/],
    ["labels that are none", ["hello", "--selector", "web"], /write labels as name=value/],
    ["a port that is none", ["hello", "--port", "0"], /expected a whole number from 1 to 65535/],
    ["two targets", ["hello", "--gateway", "a", "--service", "b"], /give one/],
    ["--secure without a digest", ["basic-auth", "--secure"], /needs the digest/],
    ["--secure that is open", ["hello", "--secure", "--sha256", digest], /contradict each other/],
    ["a canary without labels", ["basic-auth", "--canary", "oci://a/b:1"], /give --selector/],
    [
      "an order that cannot be",
      ["rbac-enforcer", "jwt-validator"],
      /rbac-enforcer relies on jwt-validator, which comes after it/,
    ],
    [
      "a configuration that the plugin refuses",
      ["cache", "--config", '{"cache_ttl_seconds": "long"}'],
      /cache_ttl_seconds is the text "long"/,
    ],
    ["a configuration that is not there", ["cache", "--config", "nowhere.json"], /no such file/],
    ["an EnvoyFilter of an image", ["hello", "--kind", "envoyfilter"], /fetches no images/],
    [
      "an EnvoyFilter without a digest",
      ["hello", "--kind", "envoyfilter", "--image", "https://a.example.com/b.wasm"],
      /give --sha256/,
    ],
    ["a file that is not there", ["--file", "nowhere.yaml"], /there is no nowhere\.yaml/],
    ["a configuration that is no object", ["cache", "--config", "[1]"], /^--config is no object\n$/],
    [
      "a configuration whose quotes the shell took",
      ["cache", "--config", "{cache_ttl_seconds: 1}"],
      /is not JSON: .*the shell takes quotes away/,
    ],
    ["a configuration that is empty", ["cache", "--config", ""], /^--config is empty/],
    ["a configuration that is a folder", ["cache", "--config", "."], /is a folder, where a file is needed/],
    [
      "words about one plugin where a file names several",
      ["--file", "apw.yaml", "--fail-strategy", "FAIL_OPEN"],
      /^--fail-strategy is of a plugin that the command names: say it in apw\.yaml, or name the plugin\n$/,
    ],
    [
      "a part of a canary without one",
      ["hello", "--canary-sha256", digest],
      /^--canary-sha256 says something of a second version: name it with --canary\n$/,
    ],
    ["one plugin twice", ["hello", "hello"], /^two are named hello, and the second would take the place/],
    [
      "a release of proxies for a WasmPlugin",
      ["hello", "--proxy-version", "^1"],
      /^--proxy-version is of an EnvoyFilter: give --kind envoyfilter/,
    ],
    [
      "one port for two",
      ["hello", "--kind", "bootstrap", "--listen", "80", "--admin-port", "80"],
      /^--listen and --admin-port are both 80: they need one each\n$/,
    ],
    ["a folder as the file", ["--file", "."], /^\. is a folder, where a file such as apw\.yaml is needed\n$/],
    [
      "a name that Kubernetes does not take",
      ["hello", "--name", "Bad_Name"],
      /^metadata\.name is "Bad_Name", which may have small letters, digits and hyphens alone, with dots between/,
    ],
    ["ECDS without a folder", ["hello", "--kind", "ecds"], /say with --output which folder/],
    [
      "a folder that cannot be",
      ["hello", "--image", "oci://a/b:1", "--selector", "app=web", "--output", "/proc/x/y"],
      /\/proc/,
    ],
  ];
  test("tells wrong uses in a few lines each, and ends with 2", () =>
    refuseAll(
      wrongUses.map(([, words, says]) => [["manifest", ...words], says] as const),
      { cwd: folder, lines: 6 },
    ));
});
