import { Template } from "../../../../plugins/custom-headers/template";

function filled(source: string, seen: string[] | null = null): string | null {
  const template = new Template(source);
  expect<string>(template.mistake).toBe("", source);
  return template.fill(seen);
}

describe("a template", () => {
  it("is its text where it has no placeholders", () => {
    expect<string | null>(filled("plain text")).toBe("plain text");
    expect<string | null>(filled("")).toBe("");
    expect<string | null>(filled("a {{ brace }")).toBe("a { brace }");
  });

  it("is filled with what was seen of the request", () => {
    expect<bool>(new Template("{request.path}").needsRequest).toBe(true);
    expect<bool>(new Template("{xds.cluster_name}").needsRequest).toBe(false);
    expect<string | null>(filled("{request.path} by {request.method}", ["/a", "GET"])).toBe("/a by GET");
    expect<string | null>(filled("<{request.headers.x-id}>", [""])).toBe("<>");
  });

  it("comes to nothing when its placeholders do", () => {
    expect<string | null>(filled("{request.path}{request.method}", ["", ""])).toBe(null);
  });

  it("says what is wrong with it", () => {
    const sources: string[] = ["{nothing.known}", "{", "a{request.path", "{}"];
    for (let i = 0; i < sources.length; i++) {
      expect<bool>(new Template(sources[i]).mistake.length > 0).toBe(true, sources[i]);
    }
  });
});
