import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { AnswerReader } from "../../cli/measure/load/answer.js";
import { isExpected, isStatusPattern } from "../../cli/measure/load/expected.js";
import { LoadGenerator } from "../../cli/measure/load/generator.js";
import { quantile } from "../../cli/measure/summary.js";

/** What the reader says of bytes that come in pieces of this size. */
function read(text: string, size = text.length, withoutBody = false) {
  const bytes = Buffer.from(text, "latin1");
  const reader = new AnswerReader(withoutBody);
  const ends = [];
  for (let at = 0; at < bytes.length; at += size) {
    const end = reader.push(bytes.subarray(at, at + size));
    if (end !== null) ends.push(end);
  }
  return { ends, reader };
}

describe("an answer", () => {
  const answers: [what: string, text: string, status: number, keepsAlive?: boolean][] = [
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200],
    ["with an empty body", "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n", 404],
    ["without a reason", "HTTP/1.1 201\r\ncontent-length: 0\r\n\r\n", 201],
    ["without a body by its status", "HTTP/1.1 204 No Content\r\n\r\n", 204],
    ["that says a length it has not", "HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n", 304],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
      200,
    ],
    [
      "in chunks, with trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\nx\r\n0\r\na: b\r\nc: d\r\n\r\n",
      200,
    ],
    [
      "whose body looks like a head",
      "HTTP/1.1 200 OK\r\ncontent-length: 23\r\n\r\nHTTP/1.1 503 Bad\r\n\r\nabc",
      200,
    ],
    [
      "after an early one",
      "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
      200,
    ],
    ["that closes", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: Close\r\n\r\nok", 200, false],
    ["of HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, false],
    [
      "of HTTP/1.0 that stays",
      "HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok",
      200,
    ],
    [
      "with its length said twice",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
      200,
    ],
  ];
  for (const [what, text, status, keepsAlive = true] of answers)
    it(`${what} is read, in pieces of any size`, () => {
      for (let size = 1; size <= text.length; size++) {
        const { ends, reader } = read(text, size);
        assert.deepEqual(ends, [{ status, keepsAlive }], `in pieces of ${size}`);
        assert.ok(reader.isIdle);
      }
    });

  it("to HEAD has no body", () => {
    const { ends } = read("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n", 7, true);
    assert.deepEqual(ends, [{ status: 200, keepsAlive: true }]);
  });

  it("without a length ends with the connection", () => {
    const { ends, reader } = read("HTTP/1.1 200 OK\r\n\r\nsome", 3);
    assert.deepEqual(ends, []);
    assert.deepEqual(reader.close(), { status: 200, keepsAlive: false });
  });

  it("that is cut off is none", () => {
    assert.equal(read("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel").reader.close(), null);
    assert.equal(read("HTTP/1.1 200 OK\r\n").reader.close(), null);
  });

  it("may be followed by another, with another head", () => {
    const reader = new AnswerReader();
    const push = (text: string) => reader.push(Buffer.from(text))?.status;
    assert.equal(push("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"), 200);
    assert.equal(push("HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nab"), 503);
    assert.equal(push("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"), 200);
  });

  for (const [what, text] of [
    ["of no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n"],
    ["with a length that is no number", "HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n"],
    ["with two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc"],
    ["with a chunk of no size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
    ["with more than was asked for", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc"],
    ["that leaves HTTP", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
  ] as const)
    it(`${what} is refused`, () => assert.throws(() => read(text)));
});

describe("the statuses that count", () => {
  it("are single ones and hundreds", () => {
    assert.ok(isExpected(204, ["2xx"]) && isExpected(401, ["200", "401"]));
    assert.ok(!isExpected(503, ["2xx", "3xx"]) && !isExpected(402, ["401"]));
  });
  it("are written so", () => {
    for (const good of ["200", "2xx", "5XX"]) assert.ok(isStatusPattern(good));
    for (const bad of ["", "2x", "600", "20", "2000", "xx"]) assert.ok(!isStatusPattern(bad));
  });
});

/** Answers each request with what `answer` says to its number; nothing where it says null. */
async function server(answer: (count: number, socket: Socket) => string | null): Promise<Server> {
  let count = 0;
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", () => {
      const text = answer(count++, socket);
      if (text !== null && !socket.destroyed) socket.write(text);
    });
  });
  listening.on("close", () => sockets.forEach((socket) => socket.destroy()));
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return listening;
}

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const expected = ["2xx"];

describe("the load generator", () => {
  let generator: LoadGenerator;
  before(() => (generator = LoadGenerator.start()));
  after(() => generator.stop());

  const target = (to: Server | number) => ({
    host: "127.0.0.1",
    port: typeof to === "number" ? to : (to.address() as AddressInfo).port,
    request: Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
    isHead: false,
  });

  async function loading<T>(
    answer: (count: number, socket: Socket) => string | null,
    connections: number,
    use: (load: Awaited<ReturnType<LoadGenerator["open"]>>) => Promise<T>,
  ): Promise<T> {
    const listening = await server(answer);
    const load = await generator.open(target(listening), connections);
    try {
      return await use(load);
    } finally {
      await load.close();
      await new Promise((resolve) => {
        listening.emit("close");
        listening.close(resolve);
      });
    }
  }

  it("sends as many requests as it is told, and counts each", async () => {
    let seen = 0;
    const { good, failures, latencies } = await loading(
      () => (seen++, ok),
      7,
      (load) => load.closedLoop({ requests: 1000, expected }),
    );
    assert.deepEqual([good, failures, latencies.length, seen], [1000, {}, 1000, 1000]);
  });

  it("does not take a wrong status for a success", async () => {
    const bad = "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n";
    const { good, failures, latencies } = await loading(
      (count) => (count % 4 === 0 ? bad : ok),
      3,
      (load) => load.closedLoop({ requests: 400, expected }),
    );
    assert.deepEqual([good, failures, latencies.length], [300, { "status 503": 100 }, 300]);
  });

  it("counts a connection that breaks off as a failure, and goes on with a new one", async () => {
    const { good, failures } = await loading(
      (count, socket) => (count % 10 === 9 ? (socket.destroy(), null) : ok),
      2,
      (load) => load.closedLoop({ requests: 100, expected }),
    );
    assert.equal(good, 90);
    assert.equal(
      Object.values(failures).reduce((sum, count) => sum + count, 0),
      10,
    );
  });

  it("connects anew after an answer that closes, without a failure", async () => {
    const closing = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
    const { good, failures } = await loading(
      () => closing,
      3,
      (load) => load.closedLoop({ requests: 60, expected }),
    );
    assert.deepEqual([good, failures], [60, {}]);
  });

  it("gives up soon on what nobody listens to", async () => {
    const load = await generator.open(target(1), 4);
    const { good, failures } = await load.closedLoop({ milliseconds: 60_000, expected });
    assert.equal(good, 0);
    assert.ok((failures["ECONNREFUSED"] ?? 0) >= 100, JSON.stringify(failures));
    await load.close();
  });

  it("keeps to a rate", async () => {
    const { good, seconds, unsent } = await loading(
      () => ok,
      8,
      (load) => load.fixedRate({ rate: 200, milliseconds: 1000, expected }),
    );
    assert.deepEqual([good, unsent], [200, 0]);
    assert.ok(seconds > 0.9, `${seconds}`);
  });

  it("counts the time in which requests could not leave (coordinated omission)", async () => {
    const stall = 400;
    let begun = 0;
    const busy = () => {
      begun ||= performance.now();
      return performance.now() - begun;
    };
    // One connection; the server stops for 400 ms of a second once, at 300 ms.
    let stalled = false;
    const { latencies } = await loading(
      (_, socket) => {
        if (busy() < 300 || stalled) return ok;
        stalled = true;
        setTimeout(() => socket.write(ok), stall);
        return null;
      },
      1,
      (load) => load.fixedRate({ rate: 100, milliseconds: 1000, expected }),
    );
    const late = [...latencies].filter((latency) => latency > stall / 4).length;
    assert.ok(late >= 20, `${late} of ${latencies.length} were late`);
    assert.ok(quantile(latencies, 0.99) > stall * 0.8);
  });

  it("says what never left where the rate is not reached", async () => {
    const { good, unsent, failures } = await loading(
      (_, socket) => (setTimeout(() => socket.write(ok), 50), null),
      1,
      (load) => load.fixedRate({ rate: 200, milliseconds: 300, expected }),
    );
    assert.deepEqual(failures, {});
    assert.ok(good > 0 && unsent > 20 && good + unsent === 60, `${good} and ${unsent}`);
  });

  it("divides the load among its processes", async () => {
    const two = LoadGenerator.start(2);
    const listening = await server(() => ok);
    try {
      const load = await two.open(target(listening), 5);
      const { good, latencies } = await load.closedLoop({ requests: 101, expected });
      assert.deepEqual([good, latencies.length], [101, 101]);
      await load.close();
    } finally {
      await two.stop();
      listening.emit("close");
      listening.close();
    }
  });
});
