import { FieldBlock } from "as-proxy-wasm";
import { Slice, dataOf, sizeOf, slice } from "as-proxy-wasm/assembly/runtime/slice";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

function read(block: Slice): string {
  const field = FieldBlock.cursor(block);
  let text = "";
  while (field.next()) text += field.name + "=" + field.value + ";";
  return text;
}

describe("a block of fields", () => {
  it("has the fields that were added, in their order", () => {
    const block = new FieldBlock(4);
    block.add(encode("a"), encode("b"));
    block.add(encode("c"), 0);
    block.add(encode("a"), encode("d e"));
    expect<string>(read(block.build())).toBe("a=b;c=;a=d e;");
    expect<string>(read(new FieldBlock(0).build())).toBe("");
  });

  it("fails as a whole where a field is none, or one too many", () => {
    const names: string[] = ["", "a b", "a\n"];
    for (let i = 0; i < names.length; i++) {
      const block = new FieldBlock(2);
      block.add(encode(names[i]), encode("b"));
      block.add(encode("c"), encode("d"));
      expect<bool>(block.build() == 0).toBe(true, names[i]);
    }
    const broken = new FieldBlock(2);
    broken.add(encode("a"), encode("b\r\nc: d"));
    expect<bool>(broken.build() == 0).toBe(true);
    const full = new FieldBlock(1);
    full.add(encode("a"), encode("b"));
    full.add(encode("c"), encode("d"));
    expect<bool>(full.build() == 0).toBe(true);
    const many = new FieldBlock(1025);
    for (let i = 0; i < 1025; i++) many.add(encode("a"), encode("b"));
    expect<bool>(many.build() == 0).toBe(true);
  });

  it("is never read beyond its end", () => {
    const block = new FieldBlock(2);
    block.add(encode("name"), encode("value"));
    block.add(encode("other"), encode("thing"));
    const built = block.build();
    for (let size: usize = 0; size < sizeOf(built); size++)
      expect<bool>(read(slice(dataOf(built), size)).includes("other")).toBe(false);
  });
});
