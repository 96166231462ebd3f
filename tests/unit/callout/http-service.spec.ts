import { HttpService } from "as-proxy-wasm/assembly/callout/http-service";

function parts(url: string): string[] {
  const service = HttpService.parse(url);
  if (service === null) return [];
  return [
    service.isSecure ? "https" : "http",
    service.host,
    service.port.toString(),
    service.authority,
    service.path,
  ];
}

function clusters(url: string, cluster: string = ""): string[] {
  const service = HttpService.parse(url, cluster);
  return service === null ? [] : service.clusters();
}

describe("a service", () => {
  it("is read from its URL", () => {
    expect<string[]>(parts("http://opa.policy:8181/v1/data/authz")).toStrictEqual([
      "http",
      "opa.policy",
      "8181",
      "opa.policy:8181",
      "/v1/data/authz",
    ]);
    expect<string[]>(parts("https://Login.Example.com")).toStrictEqual([
      "https",
      "login.example.com",
      "443",
      "login.example.com",
      "/",
    ]);
    expect<string[]>(parts("http://a:80?b=/c")).toStrictEqual(["http", "a", "80", "a", "/?b=/c"]);
    expect<string[]>(parts("https://a:80/")).toStrictEqual(["https", "a", "80", "a:80", "/"]);
    expect<string[]>(parts("http://[2001:DB8::1]:81/x")).toStrictEqual([
      "http",
      "[2001:db8::1]",
      "81",
      "[2001:db8::1]:81",
      "/x",
    ]);
    expect<string[]>(parts("http://[::1]")).toStrictEqual(["http", "[::1]", "80", "[::1]", "/"]);
  });

  it("is none where the text is no such URL", () => {
    const bad: string[] = [
      "",
      "opa",
      "opa:8181",
      "ftp://a",
      "http:/a",
      "http://",
      "http:///a",
      "http://:80",
      "http://a:",
      "http://a:0",
      "http://a:65536",
      "http://a:1x",
      "http://a:000080",
      "http://user@a",
      "http://a b",
      "http://a/#b",
      "http://a/é",
      "http://é",
      "http://a\\b",
      "http://[]",
      "http://[::1",
      "http://[::1]a",
      "http://[g::]",
      "http://a/\n",
    ];
    for (let i = 0; i < bad.length; i++) expect<i32>(parts(bad[i]).length).toBe(0, bad[i]);
  });

  it("is looked for where Istio has services of the mesh", () => {
    expect<string[]>(clusters("http://opa.policy:8181/x")).toStrictEqual([
      "outbound|8181||opa.policy",
      "outbound|8181||opa.policy.svc.cluster.local",
    ]);
    expect<string[]>(clusters("http://opa.policy.svc")).toStrictEqual([
      "outbound|80||opa.policy.svc",
      "outbound|80||opa.policy.svc.cluster.local",
    ]);
    expect<string[]>(clusters("https://opa.policy.svc.cluster.local")).toStrictEqual([
      "outbound|443||opa.policy.svc.cluster.local",
    ]);
    expect<string[]>(clusters("http://10.0.0.1:80")).toStrictEqual(["outbound|80||10.0.0.1"]);
    expect<string[]>(clusters("http://[::1]")).toStrictEqual(["outbound|80||[::1]"]);
  });

  it("is in the cluster that is named, and in no other", () => {
    expect<string[]>(clusters("http://opa.policy:8181", "opa")).toStrictEqual(["opa"]);
  });
});
