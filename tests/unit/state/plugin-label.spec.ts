import { labelOfPlugin } from "as-proxy-wasm/assembly/state/plugin-label";

describe("the label of a plugin", () => {
  it("is its name, with _ for what is not a letter or a digit", () => {
    expect(labelOfPlugin("shop2")).toBe("shop2");
    expect(labelOfPlugin("default.Shop-headers")).toBe("default_Shop_headers");
    expect(labelOfPlugin("a;.;b=.=c")).toBe("a___b___c");
    expect(labelOfPlugin("gr\u00fc\u00df@[`{9:")).toBe("gr______9_");
  });

  it("leaves out what Istio puts around it", () => {
    const name = "default.shop~istio-translated-wasmplugin";
    expect(labelOfPlugin("extensions.istio.io/trafficextension/" + name)).toBe("default_shop");
    expect(labelOfPlugin("extensions.istio.io/wasmplugin/default.shop")).toBe("default_shop");
  });

  it("is empty where nothing is left", () => {
    expect(labelOfPlugin("")).toBe("");
    expect(labelOfPlugin("a/~b")).toBe("");
  });
});
