import { sliceOf, utf8Bytes } from "as-proxy-wasm";
import { readDecision } from "../../../../plugins/rbac-enforcer/answer";
import { Decision, Outcome } from "../../../../plugins/rbac-enforcer/decision";

function read(text: string): Decision {
  const bytes = utf8Bytes(text);
  return readDecision(sliceOf(bytes));
}

function outcome(text: string): string {
  const outcome = read(text).outcome;
  return outcome == Outcome.Allowed ? "allowed" : outcome == Outcome.Denied ? "denied" : "failed";
}

function all(texts: string[], wanted: string): void {
  for (let i = 0; i < texts.length; i++) expect<string>(outcome(texts[i])).toBe(wanted, texts[i]);
}

function pairs(fields: string[][]): string {
  let all = "";
  for (let i = 0; i < fields.length; i++) all += fields[i][0] + "=" + fields[i][1] + ";";
  return all;
}

describe("what OPA answers", () => {
  it("allows where it says so", () => {
    all(
      [
        '{"result":true}',
        '{"decision_id":"1","result":true,"metrics":{}}',
        '{"result":{"allowed":true}}',
        '{"result":{"allow":true}}',
        '{"result":{"allow":true,"allowed":true,"other":[]}}',
      ],
      "allowed",
    );
  });

  it("denies where it says so, where it says nothing, and where it contradicts itself", () => {
    all(
      [
        '{"result":false}',
        '{"result":{"allowed":false}}',
        '{"result":{"allow":false}}',
        '{"result":{"allow":true,"allowed":false}}',
        '{"result":{"allow":false,"allowed":true}}',
        "{}",
        '{"decision_id":"1"}',
        '{"result":{}}',
        '{"result":{"Allow":true,"allowed_roles":["x"]}}',
      ],
      "denied",
    );
  });

  it("is a failure where nobody can say what is meant", () => {
    all(
      [
        "",
        "true",
        "[]",
        "null",
        "<html>",
        '{"result":true',
        '{"result":true} x',
        '{"result":false,"result":true}',
        '{"result":"true"}',
        '{"result":1}',
        '{"result":null}',
        '{"result":[true]}',
        '{"result":{"allowed":"true"}}',
        '{"result":{"allow":1}}',
        '{"result":{"allow":null}}',
        '{"result":{"allow":true,"allowed":["x"]}}',
      ],
      "failed",
    );
  });

  it("may have headers, in every form that OPA's plugin for Envoy takes", () => {
    const text =
      '{"result":{"allowed":true,"headers":{"X-User":"ann","x-group":["a","b"]},' +
      '"response_headers_to_add":[{"x-a":"1"},{"x-a":"2","x-b":["3"]}],"request_headers_to_remove":["x-c","x-d"]}}';
    const decision = read(text);
    expect<bool>(decision.outcome == Outcome.Allowed).toBe(true);
    expect<string>(pairs(decision.headers)).toBe("x-user=ann;x-group=a;x-group=b;");
    expect<string>(pairs(decision.responseHeaders)).toBe("x-a=1;x-a=2;x-b=3;");
    expect<string>(decision.removed.join()).toBe("x-c,x-d");
  });

  it("lets nobody by with headers that cannot be set", () => {
    const headers: string[] = [
      '"x"',
      "null",
      '{"x-a":1}',
      '{"x-a":null}',
      '{"x-a":["a",1]}',
      '{"x-a":[["a"]]}',
      '{":path":"/"}',
      '{"Host":"x"}',
      '{"content-length":"1"}',
      '{"":"x"}',
      '{"x a":"x"}',
      '{"x-a":"a\\r\\nx-b: c"}',
      '["x-a"]',
      '[[{"x-a":"a"}]]',
    ];
    for (let i = 0; i < headers.length; i++) {
      expect<string>(outcome('{"result":{"allowed":true,"headers":' + headers[i] + "}}")).toBe(
        "failed",
        headers[i],
      );
      expect<string>(outcome('{"result":{"allow":true,"response_headers_to_add":' + headers[i] + "}}")).toBe(
        "failed",
        headers[i],
      );
    }
    all(
      [
        '{"result":{"allowed":true,"request_headers_to_remove":{"x-a":true}}}',
        '{"result":{"allowed":true,"request_headers_to_remove":[1]}}',
        '{"result":{"allowed":true,"request_headers_to_remove":[":path"]}}',
        '{"result":{"allowed":true,"request_headers_to_remove":["host"]}}',
      ],
      "failed",
    );
  });

  it("takes no more headers than a message should have", () => {
    let fields = '"x":[""';
    for (let i = 1; i < 256; i++) fields += ',""';
    expect<string>(outcome('{"result":{"allowed":true,"headers":{' + fields + "]}}}")).toBe("allowed");
    expect<string>(outcome('{"result":{"allowed":true,"headers":{' + fields + ',""]}}}')).toBe("failed");
  });

  it("says how a client is told that it is denied", () => {
    const denied = read(
      '{"result":{"allowed":false,"http_status":401,"body":"who?","headers":{"WWW-Authenticate":"Basic"},"reason":"r"}}',
    );
    expect<u32>(denied.status).toBe(401);
    expect<string>(denied.body).toBe("who?");
    expect<string>(pairs(denied.headers)).toBe("www-authenticate=Basic;content-type=text/plain;");
    expect<string>(denied.reason).toBe("r");
    const undefined_ = read('{"result":{"http_status":404,"reason":"nothing here"}}');
    expect<u32>(undefined_.status).toBe(404);
    expect<string>(undefined_.reason).toBe("nothing here");
    expect<string>(read("{}").reason).toBe("the policy is undefined");
  });

  it("is told to the client in JSON where the policy does not say how", () => {
    const texts: string[] = ["{}", '{"result":false}', '{"result":{"allow":false}}'];
    for (let i = 0; i < texts.length; i++) {
      const denied = read(texts[i]);
      expect<u32>(denied.status).toBe(403, texts[i]);
      expect<string>(denied.body).toBe('{"error": "Forbidden"}', texts[i]);
      expect<string>(pairs(denied.headers)).toBe("content-type=application/json;", texts[i]);
    }
    const failed = read("x");
    expect<u32>(failed.status).toBe(503);
    expect<string>(failed.body).toBe("Policy service unavailable");
    expect<string>(pairs(failed.headers)).toBe("content-type=text/plain;");
  });

  it("has no body where its status has none, or stands alone", () => {
    const texts: string[] = [
      '"http_status":404',
      '"http_status":204,"body":"x"',
      '"http_status":304,"body":"x"',
    ];
    for (let i = 0; i < texts.length; i++) {
      const denied = read('{"result":{"allow":false,' + texts[i] + "}}");
      expect<string>(denied.body + pairs(denied.headers)).toBe("", texts[i]);
    }
  });

  it("denies with what can be said, where not all of it can", () => {
    const statuses: string[] = [
      "0",
      "100",
      "199",
      "600",
      "4294967699",
      "403.5",
      '"403"',
      "null",
      "-1",
      "1e400",
    ];
    for (let i = 0; i < statuses.length; i++) {
      const denied = read('{"result":{"allowed":false,"http_status":' + statuses[i] + "}}");
      expect<bool>(denied.outcome == Outcome.Denied).toBe(true, statuses[i]);
      expect<u32>(denied.status).toBe(403, statuses[i]);
    }
    const denied = read(
      '{"result":{"allow":false,"body":{"code":[1, 2]},"headers":{"host":"x","x-a":["1",2],"content-length":"0"},"reason":7}}',
    );
    expect<string>(denied.body).toBe('{"code":[1, 2]}');
    expect<string>(pairs(denied.headers)).toBe("x-a=1;content-type=application/json;");
    expect<string>(denied.reason).toBe("");
  });

  it("never traps, cut off wherever", () => {
    const text =
      '{"result":{"allowed":true,"headers":{"x-user":"\\u00e4nn","x-group":["a","b"]},"http_status":4e2,' +
      '"response_headers_to_add":[{"x-a":"1"}],"request_headers_to_remove":["x-c"],"reason":"\\ud800","body":[]}}';
    for (let i = 0; i < text.length; i++) expect<string>(outcome(text.substring(0, i))).toBe("failed");
    expect<string>(outcome(text)).toBe("allowed");
  });
});

describe("a decision is kept", () => {
  it("when it was made, and is short", () => {
    expect<bool>(read('{"result":true}').isKeepable).toBe(true);
    expect<bool>(read("{}").isKeepable).toBe(true);
    expect<bool>(read('{"result":1}').isKeepable).toBe(false);
    const long = read('{"result":true}');
    long.size = 4097;
    expect<bool>(long.isKeepable).toBe(false);
  });

  it("unless it sets a cookie", () => {
    const login = '{"result":{"allowed":false,"headers":{"Set-Cookie":"a=1"}}}';
    const visit = '{"result":{"allowed":true,"response_headers_to_add":{"set-cookie":"a=1"}}}';
    expect<bool>(read(login).isKeepable).toBe(false);
    expect<bool>(read(visit).isKeepable).toBe(false);
  });
});
