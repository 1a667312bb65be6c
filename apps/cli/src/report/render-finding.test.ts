import { describe, expect, it } from "vitest";
import type { Finding } from "./finding";
import { findingJson, renderFinding } from "./render-finding";
import { paintFor } from "./paint";

const plain = paintFor({ colour: false });

const finding = (text: string, marked: string, more: Partial<Finding> = {}): Finding => ({
  code: "wrong",
  severity: "error",
  message: "no",
  at: {
    kind: "text",
    place: { source: { name: "m.yaml", text }, start: text.indexOf(marked), end: text.indexOf(marked) + marked.length },
  },
  ...more,
});

describe("findings as text", () => {
  it.each<{ name: string; finding: Finding; text: string }>([
    {
      name: "a caret below the place",
      finding: finding("a: 1\nb: [xy, z]\n", "xy"),
      text: "m.yaml:2:5: error: no [wrong]\n    2 | b: [xy, z]\n      |     ^^",
    },
    {
      name: "object, field, hint and related place",
      finding: finding("a: 1\nb: 2\n", "2", {
        severity: "warning",
        object: "Tier x",
        field: "spec.order",
        hint: "do",
        related: { message: "first", place: { source: { name: "n.yaml", text: "c" }, start: 0, end: 1 } },
      }),
      text: "m.yaml:2:4: warning: no [wrong]\n    2 | b: 2\n      |    ^\n      = in: Tier x, spec.order\n      = hint: do\n      = see: n.yaml:1:1: first",
    },
    {
      name: "columns in characters, not units",
      finding: finding("é😀: x", "x"),
      text: "m.yaml:1:5: error: no [wrong]\n    1 | é😀: x\n      |     ^",
    },
    {
      name: "a tab as one column",
      finding: finding("\tx", "x"),
      text: "m.yaml:1:2: error: no [wrong]\n    1 |  x\n      |  ^",
    },
    {
      name: "the first line of several",
      finding: finding("a: [1,\r\n 2]\r\n", "[1,\r\n 2]"),
      text: "m.yaml:1:4: error: no [wrong]\n    1 | a: [1,\n      |    ^^^",
    },
    {
      name: "an empty place at the end of the text",
      finding: finding("a:", ""),
      text: "m.yaml:1:1: error: no [wrong]\n    1 | a:\n      | ^",
    },
    {
      name: "what would move a cursor, made visible",
      finding: finding("a: \u001b[2Jx\u202e", "x", { message: "bad \u001b[31m", hint: "\u0007" }),
      text: "m.yaml:1:8: error: bad \ufffd[31m [wrong]\n    1 | a: \ufffd[2Jx\ufffd\n      |        ^\n      = hint: \ufffd",
    },
    {
      name: "a file",
      finding: { code: "c", severity: "error", message: "no", at: { kind: "file", name: "m.yaml" } },
      text: "m.yaml: error: no [c]",
    },
    {
      name: "what was typed",
      finding: { code: "c", severity: "error", message: "no", at: { kind: "command-line" } },
      text: "isthmus: error: no [c]",
    },
  ])("shows $name", ({ finding: given, text }) => {
    expect(renderFinding(given, plain)).toBe(text);
  });

  it("cuts a long line around its caret", () => {
    const [, line = "", caret = ""] = renderFinding(finding(`${"a".repeat(500)}X${"b".repeat(500)}`, "X"), plain).split(
      "\n",
    );
    expect(line.length).toBeLessThan(120);
    expect(line[caret.indexOf("^")]).toBe("X");
  });

  it("colours where colours are shown", () => {
    const text = renderFinding(finding("x", "x"), paintFor({ colour: true }));
    expect(text).toContain("\u001b[31merror\u001b[0m");
  });
});

describe("findings as data", () => {
  it("have both ends of their place", () => {
    expect(findingJson(finding("a: 1\nb: xy\n", "xy", { hint: "do", field: "b" }))).toEqual({
      code: "wrong",
      severity: "error",
      message: "no",
      file: "m.yaml",
      line: 2,
      column: 4,
      endLine: 2,
      endColumn: 6,
      field: "b",
      hint: "do",
    });
  });
});
