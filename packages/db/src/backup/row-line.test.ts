import { describe, expect, it } from "vitest";
import { rowLine } from "./row-line";

describe("rowLine", () => {
  it.each([
    { name: "plain", text: '(1,"a ""b""")' },
    { name: "with ends of lines", text: "a\nb\rc\r\nd" },
    { name: "with Unicode's ends of lines and paragraphs", text: "a\u2028b\u2029c" },
    { name: "with the words for them", text: String.raw`a\u2028b` },
  ])("is one line and reads as it was: a text $name", ({ text }) => {
    const line = rowLine(text);
    expect(line.slice(0, -1)).not.toMatch(/[\n\r\u2028\u2029]/u);
    expect(line.endsWith("\n")).toBe(true);
    expect(JSON.parse(line)).toBe(text);
  });
});
