import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const pod = (name: string, ip: string, app = name, port = "http") =>
  `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${app}}}
spec: {containers: [{ports: [{name: ${port}, containerPort: 8080}]}]}
status: {podIP: "${ip}"}
---
`;

const POLICY = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.db, namespace: shop}
spec:
  tier: default
  selector: app == "db"
  ingress:
    - action: Deny
      source: {nets: [10.1.0.0/16]}
    - action: Allow
      protocol: TCP
      source: {selector: app == "web"}
      destination: {ports: [8080]}
    - action: Allow
      source: {nets: [10.0.0.0/8]}
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: default.later, namespace: shop}
spec: {tier: default, order: 1, selector: app == "db", ingress: [{action: Deny}]}
---
`;

const FILES = { "m.yaml": pod("web", "172.16.0.1") + pod("db", "172.16.0.2") + pod("bat", "172.16.0.3") + POLICY };

async function run(from: string, to: string, port: string, ...more: string[]) {
  const { io, out, err } = memoryIo(FILES);
  const code = await runCommandLine(["explain", "m.yaml", "--from", from, "--to", to, "--port", port, ...more], io);
  return { code, out: out(), err: err() };
}

describe("isthmus explain", () => {
  it("tells both ends, what is pending, and where it is written", async () => {
    expect(await run("shop/web", "shop/db", "8080/TCP")).toEqual({
      code: 0,
      err: "",
      out: `shop/web[Pod] => shop/db[Pod], TCP 8080: allowed, once what is staged is enforced denied

Leaving shop/web[Pod] (egress): allowed
  Tier default is skipped: none of its policies selects the endpoint in this direction
  Allowed by profile kns.shop: no tier decided

Reaching shop/db[Pod] (ingress): allowed
  Tier default applies
    Allowed by rule 2 of network policy shop/default.db in tier default
      m.yaml:28:7: Allow TCP to 8080 from endpoints where app is "web" in namespace shop
Were what is staged enforced (ingress): denied
  Tier default applies
    Denied by rule 1 of staged network policy shop/default.later in tier default
      m.yaml:38:66: Deny all traffic from anybody
`,
    });
  });

  it.each([
    { name: "denied at the end of a tier", from: "shop/bat", to: "shop/db", port: "8080/TCP", code: 1 },
    { name: "another port", from: "shop/web", to: "shop/db", port: "81", code: 1 },
    { name: "the port's name", from: "shop/web", to: "shop/db", port: "http/TCP", code: 0 },
    { name: "a name with its kind", from: "shop/web[Pod]", to: "shop/db[Pod]", port: "8080", code: 0 },
    { name: "a pod by its address", from: "172.16.0.1", to: "172.16.0.2", port: "8080", code: 0 },
    { name: "an address outside", from: "10.2.0.1", to: "shop/db", port: "ICMP", code: 0 },
    { name: "a range that is denied", from: "10.1.0.0/24", to: "shop/db", port: "ICMP", code: 1 },
    { name: "a range that is denied in part", from: "10.0.0.0/15", to: "shop/db", port: "ICMP", code: 1 },
    { name: "a range that is allowed", from: "10.2.0.0/15", to: "shop/db", port: "8/ICMP", code: 0 },
    { name: "itself", from: "shop/bat", to: "shop/bat", port: "53/UDP", code: 0 },
    { name: "two addresses outside", from: "8.8.8.8", to: "9.9.9.9", port: "/47", code: 0 },
  ])("judges $name", async ({ from, to, port, code }) => {
    expect(await run(from, to, port)).toMatchObject({ code, err: "" });
  });

  it("cuts a range where policies tell its addresses apart, and leaves out those of endpoints", async () => {
    const { out } = await run("10.0.0.0/14", "shop/db", "8080");
    expect(out).toContain("10.0.0.0/14 => shop/db[Pod], TCP 8080: allowed");
    expect(out).toContain("from addresses 10.0.0.0/16, 10.2.0.0/15\n");
    expect(out).toContain("from addresses 10.1.0.0/16\n");
    const own = await run("172.16.0.0/30", "shop/db", "8080");
    expect(own.out).toContain("note: 3 of these addresses belong to endpoints and are left out");
  });

  it("answers in JSON", async () => {
    const { out } = await run("shop/web", "shop/db", "8080/TCP", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      command: "explain",
      verdict: "allow",
      pending: "deny",
      traffic: { protocol: 6, port: 8080 },
      outcomes: [
        {
          verdict: "allow",
          pairs: [{ from: { name: "shop/web[Pod]", address: "172.16.0.1" }, to: { address: "172.16.0.2" } }],
          ends: [
            { direction: "egress", verdict: "allow" },
            {
              direction: "ingress",
              hits: [{ kind: "NetworkPolicy", name: "default.db", ruleIndex: 1, action: "Allow" }],
              steps: [{}, { file: "m.yaml", line: 28, column: 7 }],
              pending: { verdict: "deny" },
            },
          ],
        },
      ],
    });
  });

  it("judges the request that a connection carries", async () => {
    const rule = "{action: Allow, http: {methods: [GET], paths: [{prefix: /cart}]}}";
    const policy = POLICY.slice(0, POLICY.indexOf("  ingress:")) + `  ingress: [${rule}]\n`;
    const tree = { "m.yaml": pod("web", "172.16.0.1") + pod("db", "172.16.0.2") + policy };
    const judge = async (...more: string[]) => {
      const { io, out, err } = memoryIo(tree);
      const words = ["explain", "m.yaml", "--from", "shop/web", "--to", "shop/db", "--port", "80", ...more];
      return { code: await runCommandLine(words, io), out: out(), err: err() };
    };
    expect(await judge()).toMatchObject({ code: 1, out: expect.stringContaining("TCP 80: unknown\n") as string });
    expect((await judge("--http", "GET /cart/1")).out).toContain("TCP 80, GET /cart/1: allowed\n");
    expect((await judge("--http", "PUT /cart")).out).toContain("TCP 80, PUT /cart: denied\n");
    expect(await judge("--http", "cart")).toMatchObject({ code: 2, out: "" });
    expect(await judge("--header", "X-A: b")).toMatchObject({ code: 2, out: "" });
    expect(await judge("--http", "GET /", "--header", "X-A")).toMatchObject({ code: 2, out: "" });
  });

  it.each([
    { name: "an unknown endpoint", from: "shop/wep", to: "shop/db", port: "80", err: "did you mean shop/web[Pod]" },
    { name: "a protocol without its port", from: "shop/web", to: "shop/db", port: "tcp", err: "[port]" },
    { name: "a port beyond the last", from: "shop/web", to: "shop/db", port: "65536/TCP", err: "[port]" },
    { name: "port 0", from: "shop/web", to: "shop/db", port: "0/TCP", err: "[port]" },
    { name: "an unknown protocol", from: "shop/web", to: "shop/db", port: "80/TCPP", err: "[port]" },
    { name: "a name that is no port's", from: "shop/web", to: "shop/db", port: "grpc/TCP", err: "its ports are http" },
    { name: "IPv6 to IPv4", from: "2001:db8::1", to: "shop/db", port: "80", err: "no version of IP in common" },
  ])("refuses $name", async ({ from, to, port, err }) => {
    const result = await run(from, to, port);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain(err);
  });

  it("tells the pods of a workload apart where they fare differently", async () => {
    const owned = (text: string) =>
      text.replace(
        "labels:",
        "ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, controller: true}], labels:",
      );
    const tree = {
      "m.yaml":
        owned(pod("web-1", "172.16.0.1", "web")) +
        owned(pod("web-2", "172.16.0.4", "old")) +
        pod("db", "172.16.0.2") +
        POLICY,
    };
    const { io, out } = memoryIo(tree);
    const words = ["explain", "m.yaml", "--from", "shop/web", "--to", "shop/db", "--port", "8080"];
    expect(await runCommandLine(words, io)).toBe(1);
    expect(out()).toContain("TCP 8080: allowed, once what is staged is enforced denied\nfrom 1 pod: web-1\n");
    expect(out()).toContain("TCP 8080: denied\nfrom 1 pod: web-2\n");
  });

  it("needs no cluster's name where one cluster alone is meant", async () => {
    const { io, out } = memoryIo({ ...FILES, "us.yaml": pod("api", "172.17.0.1") });
    const mesh = ["explain", "cluster=eu:m.yaml", "cluster=us:us.yaml", "--port", "8080"];
    expect(await runCommandLine([...mesh, "--from", "shop/web", "--to", "us/shop/api"], io)).toBe(0);
    expect(out()).toMatch(/^eu\/shop\/web\[Pod\] => us\/shop\/api\[Pod\], TCP 8080: allowed\n/);
  });

  it("refuses to answer from policies that cannot be read", async () => {
    const { io, out, err } = memoryIo({ "m.yaml": FILES["m.yaml"].replace("action: Deny\n", "action: Dney\n") });
    const words = ["explain", "m.yaml", "--from", "shop/web", "--to", "shop/db", "--port", "8080"];
    expect(await runCommandLine(words, io)).toBe(2);
    expect([out(), err()]).toEqual(["", expect.stringContaining("m.yaml:26:15: error: `Dney` is not allowed here")]);
  });
});
