import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { fixture } from "./module.js";
import { encodePairs } from "./pairs.js";
import { PlayedStream } from "./play.js";
import { randomNumbers } from "./random.js";
import { Place, ScriptedHost, type Value } from "./scripted-host.js";

const WASM_PAGE = 65536;
const EMPTY = new Place(0, 0);

const u32 = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => bytes.writeUInt32LE(number, i * 4));
  return bytes;
};

/** What a reader makes of a block of pairs: all up to the first that does not fit, none where the count cannot be. */
function readablePairs(block: Buffer): [string, string][] {
  const count = block.length < 4 ? 0 : block.readUInt32LE();
  if (count > (block.length - 4) / 10) return [];
  const pairs: [string, string][] = [];
  let at = 4 + count * 8;
  for (let i = 0; i < count; i++) {
    const [name, value] = [block.readUInt32LE(4 + i * 8), block.readUInt32LE(8 + i * 8)];
    if (at + name + value + 2 > block.length) break;
    const text = (from: number, size: number): string => block.toString("utf8", from, from + size);
    pairs.push([text(at, name), text(at + name + 1, value)]);
    at += name + value + 2;
  }
  return pairs;
}

suite("rubbish from a host that answers Ok", () => {
  let host: ScriptedHost;
  let root: number;
  let names: string[];

  before(async () => {
    host = new ScriptedHost(await fixture("probes"));
    root = host.start();
    names = host.logged(1).map((line) => line.slice(line.indexOf(" ") + 1));
    // What lies at the end of the memory is out of the heap's way, and reading beyond it traps.
    host.memory.grow(32);
  });

  /** Bytes that end where the memory does. */
  function atTheEnd(bytes: Uint8Array): Place {
    assert.ok(bytes.length <= 16 * WASM_PAGE);
    const address = host.memory.buffer.byteLength - bytes.length;
    new Uint8Array(host.memory.buffer).set(bytes, address);
    return new Place(address, bytes.length);
  }

  /** What a probe shows when a hostcall gives these values, and that nothing is said of it in the log. */
  function shown(probe: string, hostcall: string, ...values: Value[]): string | undefined {
    const stream = new PlayedStream(host, root);
    stream.requestHeaders([["a", "1"]], false);
    host.forget();
    host.on("proxy_set_shared_data", 0);
    host.on(hostcall, { values });
    host.foreign(stream.id, names.indexOf(probe));
    host.reset();
    const result = host.logged(2).find((line) => line.startsWith("= "));
    assert.deepEqual(host.logged(5), []);
    stream.close();
    return result?.slice(2);
  }

  test("nothing at address 0 is an empty value", () => {
    for (const [probe, hostcall, result] of [
      ["body.text", "proxy_get_buffer_bytes", '""'],
      ["body.bytes", "proxy_get_buffer_bytes", "[]"],
      ["headers.entries", "proxy_get_header_map_pairs", "[]"],
      ["headers.getAll", "proxy_get_header_map_pairs", "[]"],
      ["headers.cursor", "proxy_get_header_map_pairs", "0:"],
      ["headers.get", "proxy_get_header_map_value", '""'],
      ["headers.getBytes", "proxy_get_header_map_value", "[]"],
      ["headers.number", "proxy_get_header_map_value", "-1"],
      ["headers.has", "proxy_get_header_map_value", "true"],
      ["headers.equals", "proxy_get_header_map_value", "false"],
      ["sharedData.get", "proxy_get_shared_data", '""'],
      ["sharedData.read", "proxy_get_shared_data", "[] 0"],
      ["sharedData.count", "proxy_get_shared_data", "0"],
      ["slots.get", "proxy_get_shared_data", "null"],
      ["queue.dequeue", "proxy_dequeue_shared_queue", "[]"],
      ["properties.text", "proxy_get_property", '""'],
      ["properties.bytes", "proxy_get_property", "[]"],
      ["properties.integer", "proxy_get_property", "-1"],
      ["properties.double", "proxy_get_property", "NaN"],
      ["properties.flag", "proxy_get_property", "false"],
      ["properties.entries", "proxy_get_property", "[]"],
      ["callForeign", "proxy_call_foreign_function", "ok []"],
      ["compress", "proxy_call_foreign_function", "[]"],
      ["verifySignature", "proxy_call_foreign_function", "invalid"],
      ["sign", "proxy_call_foreign_function", "null"],
      ["Expression", "proxy_call_foreign_function", "null"],
    ] as const) {
      assert.equal(shown(probe, hostcall, EMPTY, 0), result, probe);
    }
    assert.equal(shown("callStatus", "proxy_get_status", 2, EMPTY), '2 ""');
  });

  test("pairs are read up to the first that does not fit, and never beyond the block", () => {
    const good = encodePairs([
      ["name", "value"],
      ["b", ""],
    ]);
    const blocks = [
      ...Array.from({ length: good.length }, (_, size) => Buffer.from(good.subarray(0, size))),
      Buffer.alloc(4),
      Buffer.concat([good, Buffer.from("more")]),
      u32(0xffffffff),
      u32(1),
      u32(1, 0, 0),
      u32(0xffffffff, 1, 1, 0x61006100),
      u32(0x1999999a, 0, 0, 0),
      u32(1, 0xffffffff, 0, 0),
      u32(1, 0, 0xffffffff, 0),
      u32(1, 0xffffffff, 0xffffffff, 0),
      u32(1, 0x80000000, 0x80000000, 0),
      u32(1, 0xfffffffe, 2, 0),
      u32(2, 1, 0, 0xffffffff, 1, 0x00610061, 0),
      // Each pair alone would fit.
      u32(3, 4, 4, 4, 4, 4, 4, 0x61616161, 0x61616161, 0),
    ];
    const random = randomNumbers(1);
    for (let i = 0; i < 3000; i++) {
      const pairs = Array.from({ length: random(6) }, (): [string, string] => [
        "n".repeat(random(9)),
        "v".repeat(random(30)),
      ]);
      const block = Buffer.from(encodePairs(pairs));
      for (let changes = random(4); changes > 0; changes--) {
        const at = random(block.length);
        block[at] = random(3) === 0 ? 0xff : block[at]! + random(5) - 2;
      }
      blocks.push(block.subarray(0, block.length - (random(3) === 0 ? random(block.length) : 0)));
    }
    for (const block of blocks) {
      const pairs = readablePairs(block);
      const text = `[${pairs.map((pair) => pair.join("=")).join(" ")}]`;
      const where = block.toString("hex");
      assert.equal(shown("headers.entries", "proxy_get_header_map_pairs", atTheEnd(block)), text, where);
      assert.equal(shown("properties.entries", "proxy_get_property", atTheEnd(block)), text, where);
      const cursor = shown("headers.cursor", "proxy_get_header_map_pairs", atTheEnd(block))!;
      assert.equal(`[${cursor.split(": ").slice(1).join(": ")}]`, text, where);
      shown("headers.getAll", "proxy_get_header_map_pairs", atTheEnd(block));
    }
  });

  test("numbers in properties and shared data have their size, or are none", () => {
    const five = Buffer.concat([u32(5), Buffer.alloc(20)]);
    for (let size = 0; size < 20; size++) {
      const place = atTheEnd(five.subarray(0, size));
      assert.equal(shown("properties.integer", "proxy_get_property", place), size === 8 ? "5" : "-1");
      assert.equal(shown("properties.double", "proxy_get_property", place) === "NaN", size !== 8);
      assert.equal(shown("properties.flag", "proxy_get_property", place), String(size === 1));
      assert.equal(shown("sharedData.count", "proxy_get_shared_data", place, 1), size === 8 ? "5" : "0");
      assert.equal(shown("sharedData.add", "proxy_get_shared_data", place, 1), size === 8 ? "10" : "5");
    }
  });

  test("slots of shared data with anything in them are no entries", () => {
    const random = randomNumbers(2);
    const entry = Buffer.concat([Buffer.alloc(8), u32(1), Buffer.from("kvalue")]);
    for (let size = 0; size <= entry.length; size++) {
      const value = size < 13 ? "null" : `[${[...entry.subarray(13, size)].join(",")}]`;
      assert.equal(shown("slots.get", "proxy_get_shared_data", atTheEnd(entry.subarray(0, size)), 1), value);
    }
    for (const length of [0, 2, 7, 0xffffffff, 0xfffffff4, 0x80000000]) {
      const wrong = Buffer.concat([Buffer.alloc(8), u32(length), Buffer.from("kvalue")]);
      assert.equal(shown("slots.get", "proxy_get_shared_data", atTheEnd(wrong), 1), "null");
      assert.equal(shown("slots.set", "proxy_get_shared_data", atTheEnd(wrong), 1), "true");
    }
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(Array.from({ length: random(30) }, () => random(256)));
      shown("slots.get", "proxy_get_shared_data", atTheEnd(bytes), 1);
    }
  });

  test("a verdict on a signature is valid only as a sound message that says so", () => {
    const verdict = (...bytes: number[]): string | undefined =>
      shown("verifySignature", "proxy_call_foreign_function", atTheEnd(Buffer.from(bytes)));
    assert.equal(verdict(8, 1), "valid");
    assert.equal(verdict(8, 0), "invalid");
    assert.equal(verdict(0x12, 1, 0x65, 8, 1), "valid");
    // The last one counts, as it does to every protobuf library.
    assert.equal(verdict(8, 1, 8, 0), "invalid");
    for (const rubbish of [
      [8],
      [8, 0x80],
      [8, 1, 0xff],
      [8, 1, 0x12],
      [8, 1, 0x12, 9],
      [0x0a, 1, 1],
      [9, 1, 0, 0, 0, 0, 0, 0, 0],
      [0x0d, 1, 0, 0, 0],
      [0x0b, 1],
      [0, 1],
      [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    ]) {
      assert.equal(verdict(...rubbish), "invalid", String(rubbish));
    }
    const signature = (...bytes: number[]): string | undefined =>
      shown("sign", "proxy_call_foreign_function", atTheEnd(Buffer.from(bytes)));
    assert.equal(signature(8, 1, 0x12, 2, 7, 9), "[7,9]");
    for (const rubbish of [
      [8, 1, 0x12, 3, 7, 9],
      [0x12, 2, 7, 9],
      [8, 0, 0x12, 1, 7],
      [8, 1, 0x12, 1, 7, 0xff],
      [0x0a, 1, 1, 0x12, 1, 7],
    ]) {
      assert.equal(signature(...rubbish), "null", String(rubbish));
    }
  });

  test("protobuf of any bytes is read without a trap", () => {
    const random = randomNumbers(3);
    for (let i = 0; i < 2000; i++) {
      const bytes = Buffer.from(
        Array.from({ length: random(24) }, () => (random(2) === 0 ? random(32) : random(256))),
      );
      const place = atTheEnd(bytes);
      shown("verifySignature", "proxy_call_foreign_function", place);
      shown("sign", "proxy_call_foreign_function", place);
      shown("Expression", "proxy_call_foreign_function", place);
    }
  });

  test("DNS answers that are cut short have the addresses that are whole", () => {
    const answer = Buffer.concat([u32(2, 300, 60), Buffer.from("10.0.0.1:0\0[::1]:0\0")]);
    const heard = (bytes: Buffer): string[] => {
      const stream = new PlayedStream(host, root);
      stream.requestHeaders([["a", "1"]], false);
      host.foreign(stream.id, names.indexOf("resolveDns"));
      const token = host.lastToken + 3;
      assert.ok(host.waiting.delete(token));
      host.forget();
      host.on("proxy_get_buffer_bytes", () => ({ values: [atTheEnd(bytes)] }));
      host.call("envoy_on_resolve_dns", root, token, bytes.length);
      host.reset();
      stream.close();
      return host.logged(2);
    };
    assert.deepEqual(heard(answer), ["addresses [10.0.0.1:0 [::1]:0] for 60"]);
    for (let size = 0; size < answer.length; size++) {
      const lines = heard(answer.subarray(0, size));
      const addresses = size < 23 ? "" : "10.0.0.1:0";
      assert.match(lines.join(), new RegExp(`^addresses \\[${addresses}\\] for (0|60)$`), String(size));
    }
    for (const count of [3, 5, 0xffffffff, 0x80000000, 0x33333334]) {
      answer.writeUInt32LE(count);
      assert.match(heard(answer).join(), /^addresses \[.*\] for \d+$/);
    }
  });

  test("an empty result has a place too, even before anything else has", async () => {
    // The first thing that this VM is given is nothing, for which the host allocates all the same.
    const fresh = new ScriptedHost(await fixture("probes"));
    assert.notEqual(fresh.exports["proxy_on_memory_allocate"]!(0), 0);
    assert.equal(shown("uncompress", "proxy_call_foreign_function", ""), "[]");
  });

  test("answers to what nobody asked are not heard", () => {
    const stream = new PlayedStream(host, root);
    stream.requestHeaders([["a", "1"]], false);
    host.forget();
    for (const token of [0, 1, 2, 3, 4, 0x7fffffff, 0xffffffff]) {
      host.call("proxy_on_http_call_response", root, token, 1, 0, 0);
      host.call("proxy_on_grpc_receive_initial_metadata", root, token, 1);
      host.call("proxy_on_grpc_receive", root, token, 1);
      host.call("proxy_on_grpc_receive_trailing_metadata", root, token, 1);
      host.call("proxy_on_grpc_close", root, token, 0);
      host.call("envoy_on_resolve_dns", root, token, 8);
      host.call("proxy_on_queue_ready", root, token);
    }
    assert.deepEqual(host.logs, []);
    assert.deepEqual(host.calls, []);
    stream.close();
  });
});
