import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const pod = (name: string, ip: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
status: {podIP: "${ip}"}
---
`;

const policy = (kind: string, name: string, spec: string) => `apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: {name: default.${name}, namespace: shop}
spec: ${spec}
---
`;

const INGRESS = `
  selector: app == "db"
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == "web"}, destination: {ports: ["5432:5433"]}}
    - {action: Allow, protocol: TCP, source: {selector: app == "web"}, destination: {ports: ["5432:5435"]}}
    - {action: Allow, protocol: ICMP, icmp: {type: 8}}
`;

const FILES = {
  "m.yaml":
    pod("web", "10.0.0.1") +
    pod("db", "10.0.0.2") +
    policy("NetworkPolicy", "db", INGRESS) +
    policy("StagedNetworkPolicy", "shut", '{order: 1, selector: app == "db", ingress: [{action: Deny}]}'),
};

async function run(...words: string[]) {
  const { io, out, err } = memoryIo(FILES);
  const code = await runCommandLine(["connectivity", ...words], io);
  return { code, out: out(), err: err() };
}

const lines = async (...words: string[]) => (await run("m.yaml", ...words)).out.split("\n");

const INTO_DB = "shop/web[Pod] => shop/db[Pod] : ICMP type 8,TCP 5432-5435";

describe("isthmus connectivity", () => {
  it("writes a line a pair, sorted", async () => {
    const { code, err, out } = await run("m.yaml");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const all = out.trimEnd().split("\n");
    expect(all).toContain(INTO_DB);
    expect(all).toHaveLength(6);
    expect(all).toEqual(all.toSorted());
  });

  it("gives each part of a line its own reason", async () => {
    const all = await lines("--explain");
    expect(all.slice(all.indexOf(INTO_DB), all.indexOf(INTO_DB) + 6)).toEqual([
      INTO_DB,
      "    egress All Connections: Allowed by profile kns.shop: no tier decided",
      "    ingress TCP 5432-5433: Allowed by rule 1 of network policy shop/default.db in tier default",
      "    ingress TCP 5434-5435: Allowed by rule 2 of network policy shop/default.db in tier default",
      "    ingress ICMP type 8: Allowed by rule 3 of network policy shop/default.db in tier default",
      "    ingress All Connections except ICMP type 8,TCP 5432-5435: Denied at the end of tier default: no rule matched",
    ]);
  });

  it("shows what would be if what is staged were enforced", async () => {
    expect(await lines("--pending")).not.toContainEqual(expect.stringContaining("=> shop/db[Pod]"));
  });

  it("answers in JSON", async () => {
    const { out } = await run("m.yaml", "-o", "json", "--explain");
    const answer = JSON.parse(out) as { connections: { from: string; to: string }[] };
    expect(answer).toMatchObject({ version: 1, command: "connectivity", view: "enforced" });
    expect(answer.connections).toHaveLength(6);
    expect(answer.connections.find(({ from, to }) => `${from} ${to}` === "shop/web[Pod] shop/db[Pod]")).toMatchObject({
      allowed: "ICMP type 8,TCP 5432-5435",
      decisions: [
        { direction: "egress" },
        { direction: "ingress", verdict: "allow", connections: "TCP 5432-5433" },
        { connections: "TCP 5434-5435" },
        { connections: "ICMP type 8" },
        { verdict: "deny" },
      ],
    });
  });

  it.each([
    { format: "csv", line: "from,to,allowed,unknown\r" },
    { format: "csv", line: 'shop/web[Pod],shop/db[Pod],"ICMP type 8,TCP 5432-5435",\r' },
    { format: "md", line: "| from | to | allowed | unknown |" },
    { format: "md", line: "| shop/web[Pod] | shop/db[Pod] | ICMP type 8,TCP 5432-5435 |  |" },
    { format: "dot", line: '  "shop/web[Pod]" -> "shop/db[Pod]" [label="ICMP type 8,TCP 5432-5435"];' },
  ])("answers in $format: $line", async ({ format, line }) => {
    expect(await lines("-o", format)).toContain(line);
  });

  it("says what is unknown after everything else", async () => {
    const text = FILES["m.yaml"].replace(
      "action: Allow, protocol: ICMP, icmp: {type: 8}",
      "action: Allow, source: {domains: [a.example.com]}",
    );
    const { io, out } = memoryIo({ "m.yaml": text });
    expect(await runCommandLine(["connectivity", "m.yaml"], io)).toBe(0);
    const all = out().trimEnd().split("\n");
    const first = all.findIndex((line) => line.startsWith("unknown: "));
    expect(all.slice(first).filter((line) => !line.startsWith("unknown: "))).toEqual([
      expect.stringContaining("which addresses a.example.com has was not observed"),
      expect.stringContaining("which addresses a.example.com has was not observed"),
    ]);
    expect(all).toContain("shop/web[Pod] => shop/db[Pod] : TCP 5432-5435");
  });

  it("refuses manifests that it cannot read", async () => {
    expect(await run("nowhere")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("nowhere: error") as string,
    });
  });
});
