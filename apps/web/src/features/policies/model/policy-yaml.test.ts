import { describe, expect, it } from "vitest";
import { readPolicyYaml } from "./policy-yaml";

const POLICY = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: boutique.payment
  namespace: boutique
spec:
  tier: boutique
  selector: app == "payment"
  ingress:
    - action: Allow
      source:
        selector: "app == 'checkout'"
    - action: Deny
`;

const marked = (text: string, range: { from: number; to: number }): string => text.slice(range.from, range.to);

describe("readPolicyYaml", () => {
  it("reads one resource", () => {
    const read = readPolicyYaml(POLICY);
    expect(read.problems).toEqual([]);
    expect(read.value).toMatchObject({ kind: "NetworkPolicy", spec: { tier: "boutique" } });
  });

  const broken = [
    { name: "tab as indentation", text: "a:\n\tb: 1\n", at: /\t/ },
    { name: "a bracket that is not closed", text: "a: [1, 2\nb: 3\n", at: /./ },
    { name: "two values on a line", text: "a: b: c\n", at: /^b$/ },
    { name: "a key given twice", text: "a: 1\nb: 2\na: 3\n", at: /a/ },
    { name: "a plain text", text: "hello there\n", at: /hello there/ },
    { name: "a list", text: "- a\n- b\n", at: /- a/ },
    { name: "nothing", text: "", at: /^$/ },
    { name: "only a comment", text: "# later\n", at: /# later/ },
  ];
  it.each(broken)("marks what is not a resource: $name", ({ text, at }) => {
    const read = readPolicyYaml(text);
    expect(read.value).toBeUndefined();
    expect(read.problems.length).toBeGreaterThan(0);
    for (const problem of read.problems) {
      expect(problem.severity).toBe("error");
      expect(problem.to).toBeLessThanOrEqual(text.length);
      expect(problem.to > problem.from || text === "").toBe(true);
    }
    expect(marked(text, read.problems[0]!)).toMatch(at);
  });

  it("names several mistakes at once", () => {
    expect(readPolicyYaml("a: 'x\nb: [1\n").problems.length).toBeGreaterThan(0);
    expect(readPolicyYaml("a: 1\na: 2\na: 3\n").problems).toHaveLength(2);
  });

  it("refuses a second document where it begins", () => {
    const text = `${POLICY}---\nkind: Tier\n`;
    const [problem] = readPolicyYaml(text).problems;
    expect(problem?.code).toBe("yaml-several");
    expect(text.slice(problem!.from)).toMatch(/^kind: Tier|^---/);
  });

  it("does not count a trailing separator as a document", () => {
    expect(readPolicyYaml(`---\n${POLICY}---\n`).problems).toEqual([]);
  });

  it("does not expand a bomb of aliases", () => {
    const layers = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(",")}]`);
    expect(readPolicyYaml(`l0: &l0 [x]\n${layers.join("\n")}\n`).value).toBeUndefined();
  });
});

describe("rangeOf", () => {
  const { rangeOf } = readPolicyYaml(POLICY);
  const rows = [
    { name: "a scalar", path: ["metadata", "name"], expected: "boutique.payment" },
    { name: "a selector without quotes", path: ["spec", "selector"], expected: 'app == "payment"' },
    { name: "a map is marked at its key", path: ["spec", "ingress"], expected: "ingress" },
    { name: "inside a list", path: ["spec", "ingress", 1, "action"], expected: "Deny" },
    { name: "a missing field is marked at its parent", path: ["spec", "egress", 0], expected: "spec" },
    { name: "a missing field of a list's item", path: ["spec", "ingress", 1, "protocol"], expected: "action: Deny" },
    { name: "the whole", path: [], expected: "apiVersion: projectcalico.org/v3" },
  ];
  it.each(rows)("$name", ({ path, expected }) => {
    expect(marked(POLICY, rangeOf(path))).toBe(expected);
  });

  it("marks a span inside a selector, quoted or not", () => {
    expect(marked(POLICY, rangeOf(["spec", "selector"], { start: 4, end: 6 }))).toBe("==");
    expect(marked(POLICY, rangeOf(["spec", "ingress", 0, "source", "selector"], { start: 7, end: 17 }))).toBe(
      "'checkout'",
    );
  });

  it("marks the whole scalar where escapes hide the span", () => {
    const text = 'a: "x\\u0041y z"\n';
    expect(marked(text, readPolicyYaml(text).rangeOf(["a"], { start: 3, end: 4 }))).toBe('"x\\u0041y z"');
  });
});
