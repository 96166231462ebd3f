import { Source, labelsOf, namesOf, responseClass } from "../../../../plugins/custom-metrics/labels";

function names(headers: string[]): string {
  return namesOf(labelsOf(headers)).join(" ");
}

describe("the labels of a configuration", () => {
  it("are method, response class and the headers in their order", () => {
    expect<string>(names([])).toBe("method response_code_class");
    expect<string>(names(["x-b", "x-a"])).toBe("method response_code_class x_b x_a");
  });

  it("never have the same name", () => {
    expect<string>(names(["x-a", "x_a", "x.a", "method"])).toBe(
      "method response_code_class x_a x_a_2 x_a_3 method_2",
    );
    expect<string>(names(["x-a-2", "x-a", "x_a"])).toBe("method response_code_class x_a_2 x_a x_a_3");
  });

  it("stand before those that end with their name", () => {
    expect<string>(names(["x-method", "d", "class"])).toBe("d method class response_code_class x_method");
    const headers = ["c-b-a", "b-a", "a", "x-c-b-a", "s", "ss", "sss"];
    const found = namesOf(labelsOf(headers));
    expect<i32>(found.length).toBe(headers.length + 2);
    for (let i = 0; i < found.length; i++) {
      for (let k = 0; k < i; k++) expect<bool>(found[k].endsWith(found[i])).toBe(false);
    }
  });

  it("know where their values are", () => {
    const labels = labelsOf(["x-a", "host"]);
    expect<Source>(labels[0].source).toBe(Source.Method);
    expect<Source>(labels[1].source).toBe(Source.ResponseClass);
    expect<string>(labels[2].header).toBe("x-a");
    expect<string>(labels[3].name).toBe("host");
    expect<string>(labels[3].header).toBe(":authority");
  });
});

describe("the class of a response", () => {
  it("is the first digit of its status", () => {
    expect<i32>(responseClass(100)).toBe(1);
    expect<i32>(responseClass(200)).toBe(2);
    expect<i32>(responseClass(399)).toBe(3);
    expect<i32>(responseClass(404)).toBe(4);
    expect<i32>(responseClass(599)).toBe(5);
  });

  it("is 0 without a response, and none for what is no status", () => {
    expect<i32>(responseClass(-1)).toBe(0);
    expect<i32>(responseClass(0)).toBe(0);
    expect<i32>(responseClass(99)).toBe(-1);
    expect<i32>(responseClass(600)).toBe(-1);
    expect<i32>(responseClass(i64.MAX_VALUE)).toBe(-1);
  });
});
