import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const pod = (name: string, ip: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
status: {podIP: "${ip}"}
---
`;

const POLICY = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.db, namespace: shop}
spec:
  selector: app == "db"
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == "web"}, destination: {ports: [5432]}}
    - {action: Allow, source: {domains: [ops.example.com]}}
`;

const WEB_DB = ["--no-path", 'app == "web"', 'app == "db"'];
const BAT_WEB = ["--no-path", 'app == "bat"', 'app == "web"'];

async function run(...words: string[]) {
  const { io, out, err } = memoryIo({
    "m.yaml": pod("web", "10.0.0.1") + pod("db", "10.0.0.2") + pod("bat", "10.0.0.3") + POLICY,
  });
  const code = await runCommandLine(["prove", ...words], io);
  return { code, out: out(), err: err() };
}

const KNOWN = "--except=ICMP";

describe("isthmus prove", () => {
  it.each([
    { name: "what may pass", words: ["m.yaml", ...WEB_DB], code: 1, out: "refuted: " },
    { name: "with paths after the selectors", words: [...WEB_DB, "m.yaml"], code: 1, out: "refuted: " },
    {
      name: "one protocol spared of many",
      words: ["m.yaml", ...BAT_WEB, "--except", "TCP"],
      code: 1,
      out: "refuted: ",
    },
    { name: "what is not known", words: ["m.yaml", ...WEB_DB, "--except", "5432/TCP"], code: 1, out: "unknown: " },
    {
      name: "a claim about every path",
      words: ["m.yaml", "--every-path", 'app == "web"', 'app == "db"', "--on", "5432/TCP"],
      code: 0,
      out: "proved: ",
    },
    {
      name: "a claim about every path that does not hold",
      words: ["m.yaml", "--every-path", 'app == "web"', 'app != "web"', "--on", "5432/TCP", "--on", "UDP"],
      code: 1,
      out: "unknown: ",
    },
    { name: "an address", words: ["m.yaml", "--no-path", "10.0.0.3", 'app == "web"'], code: 1, out: "refuted: " },
  ])("judges $name", async ({ words, code, out }) => {
    const result = await run(...words);
    expect({ code: result.code, begins: result.out.startsWith(out) }).toEqual({ code, begins: true });
  });

  it("shows a connection that speaks against a claim, and who decides it", async () => {
    const { out } = await run("m.yaml", ...WEB_DB);
    expect(out).toContain("TCP");
    expect(out).toContain("  reaching:\n");
    expect(out).toContain("rule 1 of network policy shop/default.db");
  });

  it("says what a proof rests on", async () => {
    const { out, err } = await run("m.yaml", "--no-path", 'app == "nobody"', "all()");
    expect(out).toMatch(/^proved: .*\n0 sources and 3 destinations of 3 endpoints\n\nthis rests on:\n {2}- /);
    expect(err).toContain("isthmus: warning: the first selector matches nothing, so the claim is about nobody");
  });

  it("answers in JSON", async () => {
    const { out } = await run("m.yaml", ...WEB_DB, "-o", "json", KNOWN);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      command: "prove",
      verdict: "refuted",
      scope: { endpoints: 3, sources: { endpoints: 1 } },
      witness: {
        from: { name: "shop/web[Pod]", address: "10.0.0.1" },
        to: { name: "shop/db[Pod]" },
        connection: { protocol: 6, destinationPort: 5432, protocolName: "TCP" },
        ingress: { hits: [{ name: "default.db", ruleIndex: 0 }] },
      },
    });
  });

  it.each([
    { name: "no claim", words: ["m.yaml"], err: "[claim]" },
    {
      name: "two claims",
      words: ["m.yaml", ...WEB_DB, "--every-path", "all()", "all()", "--on", "TCP"],
      err: "[claim]",
    },
    { name: "one selector", words: ["m.yaml", "--no-path", "all()"], err: "[claim]" },
    { name: "no manifests", words: WEB_DB, err: "no manifests are named" },
    { name: "a broken selector", words: ["m.yaml", "--no-path", "app ==", "all()"], err: "from:1:7: error: " },
    { name: "every path on nothing", words: ["m.yaml", "--every-path", "all()", "all()"], err: "needs --on" },
    {
      name: "ports that are none",
      words: ["m.yaml", ...WEB_DB, "--except", "9-8/TCP,x"],
      err: "`9-8/TCP` is not a port",
    },
  ])("refuses $name", async ({ words, err }) => {
    const result = await run(...words);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain(err);
  });
});
