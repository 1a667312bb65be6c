import { describe, expect, it } from "vitest";
import { buildWorld } from "../evaluate/world";
import { readCluster } from "../manifests/read-cluster";
import { connectivityOf } from "./connectivity";
import { nameEndpoints } from "./names";
import { printConnectivity, type OutputForm } from "./print";

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [] } } },
});

const policy = (ingress: readonly unknown[], selector: string) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "NetworkPolicy",
  metadata: { name: `to-${selector}`, namespace: "shop" },
  spec: { selector: `app == '${selector}'`, types: ["Ingress", "Egress"], ingress, egress: [] },
});

const MANIFESTS = [
  deployment("web"),
  deployment("db"),
  policy(
    [{ action: "Allow", protocol: "TCP", source: { selector: "app == 'web'" }, destination: { ports: [5432] } }],
    "db",
  ),
];

const HTTP = policy(
  [{ action: "Allow", protocol: "TCP", http: { methods: ["GET"] }, source: { nets: ["10.0.0.0/8"] } }],
  "web",
);

function print(form: OutputForm, manifests: readonly unknown[] = MANIFESTS, explain = false): string {
  const read = readCluster({ cluster: "", manifests: manifests.map((json) => ({ json, origin: "" })) });
  const world = buildWorld(read.world);
  const nameOf = nameEndpoints([{ world, workloads: read.workloads }]);
  return printConnectivity(connectivityOf([world]), form, { nameOf, explain });
}

describe("forms of connectivity", () => {
  it("text", () => {
    expect(print("txt")).toMatchInlineSnapshot(`
      "0.0.0.0-255.255.255.255[External] => shop/web[Deployment] : All Connections
      shop/web[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections
      shop/web[Deployment] => shop/db[Deployment] : TCP 5432"
    `);
  });

  it("text with what decides", () => {
    expect(print("txt", MANIFESTS, true)).toMatchInlineSnapshot(`
      "0.0.0.0-255.255.255.255[External] => shop/web[Deployment] : All Connections
        ingress All Connections: Allowed by profile kns.shop: no tier decided
      shop/web[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections
        egress All Connections: Allowed by profile kns.shop: no tier decided
      shop/web[Deployment] => shop/db[Deployment] : TCP 5432
        egress All Connections: Allowed by profile kns.shop: no tier decided
        ingress TCP 5432: Allowed by rule 1 of network policy shop/to-db in tier default
        ingress All Connections except TCP 5432: Denied at the end of tier default: no rule matched"
    `);
  });

  it("text of what is unknown, after the rest and with the reason", () => {
    expect(print("txt", [...MANIFESTS, HTTP])).toMatchInlineSnapshot(`
      "unknown: 10.0.0.0-10.255.255.255[External] => shop/web[Deployment] : TCP
        Undecided at network policy shop/to-web: the rule asks for HTTP requests, and none were observed"
    `);
  });

  it("JSON", () => {
    const lines = JSON.parse(print("json")) as { dst: string }[];
    expect(lines).toHaveLength(3);
    expect(lines.find(({ dst }) => dst === "shop/db[Deployment]")).toMatchInlineSnapshot(`
      {
        "conn": "TCP 5432",
        "dst": "shop/db[Deployment]",
        "sets": [
          {
            "allowed": [
              {
                "ports": [
                  [
                    5432,
                    5432,
                  ],
                ],
                "protocol": "TCP",
                "sourcePorts": [
                  [
                    0,
                    65535,
                  ],
                ],
              },
            ],
            "unknown": [],
            "version": 4,
          },
        ],
        "src": "shop/web[Deployment]",
      }
    `);
  });

  it("CSV", () => {
    expect(print("csv")).toMatchInlineSnapshot(`
      "src,dst,conn,unknown
      0.0.0.0-255.255.255.255[External],shop/web[Deployment],All Connections,
      shop/web[Deployment],0.0.0.0-255.255.255.255[External],All Connections,
      shop/web[Deployment],shop/db[Deployment],TCP 5432,"
    `);
  });

  it("CSV with what decides, quoted where it has to be", () => {
    expect(print("csv", MANIFESTS, true).split("\n")[3]).toMatchInlineSnapshot(
      `"shop/web[Deployment],shop/db[Deployment],TCP 5432,,egress All Connections: Allowed by profile kns.shop: no tier decided; ingress TCP 5432: Allowed by rule 1 of network policy shop/to-db in tier default; ingress All Connections except TCP 5432: Denied at the end of tier default: no rule matched"`,
    );
  });

  it("Markdown", () => {
    expect(print("md")).toMatchInlineSnapshot(`
      "| src | dst | conn | unknown |
      |-----|-----|-----|-----|
      | 0.0.0.0-255.255.255.255[External] | shop/web[Deployment] | All Connections |  |
      | shop/web[Deployment] | 0.0.0.0-255.255.255.255[External] | All Connections |  |
      | shop/web[Deployment] | shop/db[Deployment] | TCP 5432 |  |"
    `);
  });

  it("DOT, what is unknown dashed", () => {
    expect(print("dot", [...MANIFESTS, HTTP])).toMatchInlineSnapshot(`
      "digraph {
        "10.0.0.0-10.255.255.255[External]" [label="10.0.0.0-10.255.255.255[External]" color="red2"]
        "shop/web[Deployment]" [label="shop/web[Deployment]" color="blue"]
        "10.0.0.0-10.255.255.255[External]" -> "shop/web[Deployment]" [label="unknown: TCP" style=dashed]
      }"
    `);
  });
});
