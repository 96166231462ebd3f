import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ProxyWasmHost } from "../../host/index.js";
import { folderWithPackages } from "./installed.js";
import { succeed } from "./outside.js";

/** A plugin that reads a class of its own from a body, and writes it again, with json-as. */
const source = `import { JSON } from "json-as";
import { BodyAction, HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

@json
class Order {
  id: i32 = 0;
  name: string = "";
  tags: string[] = [];
  price: f64 = 0;
}

class Root extends RootContext {
  createHttpContext(): HttpContext {
    return new Orders();
  }
}

class Orders extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    if (!endOfStream) this.request.headers.remove("content-length");
    return HeadersAction.Continue;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (!endOfStream) return BodyAction.Pause;
    const order = JSON.parse<Order>(this.request.body.text());
    order.id += 1;
    order.tags.push("seen");
    this.request.body.set(JSON.stringify<Order>(order));
    return BodyAction.Continue;
  }
}

register("orders", () => new Root());
`;

const transforms = {
  "before ours": ["json-as/transform", "as-proxy-wasm/transform"],
  "after ours": ["as-proxy-wasm/transform", "json-as/transform"],
  "with ours from what asconfig.json extends": ["json-as/transform"],
};

let folder: string;
let remove: () => Promise<void>;
before(
  async () => {
    ({ folder, remove } = await folderWithPackages("orders"));
    await mkdir(join(folder, "assembly"));
    await writeFile(join(folder, "assembly", "index.ts"), source);
  },
  { timeout: 900_000 },
);
after(() => remove());

describe("a plugin reads its own classes where json-as's transform is listed", { concurrency: 2 }, () => {
  for (const [place, transform] of Object.entries(transforms)) {
    test(place, async () => {
      const name = place.replaceAll(/\W+/g, "-");
      const config = { extends: "as-proxy-wasm/asconfig.json", options: { transform } };
      await writeFile(join(folder, `${name}.json`), JSON.stringify(config));
      const file = join(folder, `${name}.wasm`);
      const words = ["assembly/index.ts", "--config", `${name}.json`, "-o", `${name}.wasm`];
      await succeed(folder, "npx", ["--no-install", "asc", ...words]);

      const host = await ProxyWasmHost.load(await readFile(file));
      // More than once over what the collector lets pass.
      for (let id = 0; id < 2000; id++) {
        const order = { id, name: `n${"ä".repeat(id % 50)}"\n`, tags: ["a", `${id}`], price: id / 8 };
        const { upstream, trap } = await host.fetch({ method: "POST", body: JSON.stringify(order) });
        assert.equal(trap, undefined);
        const seen: unknown = JSON.parse(new TextDecoder().decode(upstream!.body));
        assert.deepEqual(seen, { ...order, id: id + 1, tags: [...order.tags, "seen"] });
      }
    });
  }
});
