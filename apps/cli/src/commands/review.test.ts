import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const POD = `apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIP: "10.0.0.2"}
---
`;

const policy = (rules: string) => `${POD}apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.db, namespace: shop}
spec:
  selector: app == "db"
  ingress:
${rules}`;

const ALLOW = "    - {action: Allow, protocol: TCP, destination: {ports: [5432]}}\n";
const DENY = "    - {action: Deny, protocol: TCP, source: {nets: [10.9.0.0/16]}, destination: {ports: [5432]}}\n";

async function run(text: string, ...words: string[]) {
  const { io, out, err } = memoryIo({ "m.yaml": text });
  const code = await runCommandLine(["review", "m.yaml", ...words], io);
  return { code, out: out(), err: err() };
}

describe("isthmus review", () => {
  it("has nothing to say about rules that all do something", async () => {
    expect(await run(policy(DENY + ALLOW))).toEqual({ code: 0, out: "0 findings in 1 policy with 2 rules\n", err: "" });
  });

  it("points at a denial that an earlier rule allows", async () => {
    const { code, out } = await run(policy(ALLOW + DENY));
    expect(code).toBe(1);
    expect(out).toMatch(/^m\.yaml:13:7: warning: .* \[deny-shadowed\]\n/);
    expect(out).toContain("      = in: NetworkPolicy shop/default.db, spec.ingress[1]\n");
    expect(out).toContain("1 finding in 1 policy with 2 rules\n");
  });

  it("answers in JSON", async () => {
    const { code, out } = await run(policy(ALLOW + DENY), "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      command: "review",
      policies: 1,
      rules: 2,
      findings: [{ code: "deny-shadowed", severity: "warning", file: "m.yaml", line: 13, certainty: "structural" }],
    });
  });

  it("says of what it says less", async () => {
    const unsure = policy("    - {action: Allow, source: {domains: [a.example.com]}}\n" + ALLOW);
    const { code } = await run(unsure);
    expect(code).toBe(0);
  });
});
