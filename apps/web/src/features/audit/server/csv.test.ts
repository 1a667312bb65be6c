import { describe, expect, it } from "vitest";
import { csvField, csvHeader, csvLine } from "./csv";

describe("a field of CSV", () => {
  it.each([
    { name: "text", text: "Ann", field: '"Ann"' },
    { name: "nothing", text: "", field: '""' },
    { name: "quotes and commas", text: 'a "b", c', field: '"a ""b"", c"' },
    { name: "lines", text: "a\nb", field: '"a\nb"' },
    { name: "a formula", text: "=HYPERLINK(1)", field: `"'=HYPERLINK(1)"` },
    { name: "a sum", text: "+1", field: `"'+1"` },
    { name: "a negative one", text: "-2+3", field: `"'-2+3"` },
    { name: "an at", text: "@SUM(A1)", field: `"'@SUM(A1)"` },
    { name: "a formula after a space", text: " =1", field: `"' =1"` },
    { name: "a formula after a tab", text: "\t=1", field: `"'\t=1"` },
    { name: "a dash within", text: "eu-west", field: '"eu-west"' },
    { name: "a date", text: "2026-01-01T00:00:00.000Z", field: '"2026-01-01T00:00:00.000Z"' },
  ])("$name", ({ text, field }) => {
    expect(csvField(text)).toBe(field);
  });

  it("is there for each column", () => {
    const line = csvLine({
      at: "2026-01-01T00:00:00.000Z",
      actor: { kind: "system", id: null, name: "" },
      action: "a",
      target: { kind: "k", id: "i", name: "=n" },
      detail: { after: { x: 1 } },
      ip: "",
      place: { seq: 1, prev: "p", hash: "h" },
    });
    expect(line.split('","')).toHaveLength(csvHeader.split(",").length);
    expect(line).toContain(`"'=n"`);
    expect(line).toContain(`"{""after"":{""x"":1}}"`);
  });
});
