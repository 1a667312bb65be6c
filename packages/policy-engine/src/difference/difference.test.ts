import { describe, expect, it } from "vitest";
import { connectivityOf } from "../connectivity/connectivity";
import { nameEndpoints } from "../connectivity/names";
import { buildWorld } from "../evaluate/world";
import { readCluster } from "../manifests/read-cluster";
import { differenceOf } from "./difference";
import type { ComparedState } from "./paired-units";
import { printDifference } from "./print";

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [] } } },
});

const policy = (name: string, ...ingress: readonly unknown[]) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "NetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec: { selector: `app == '${name}'`, types: ["Ingress"], ingress },
});

const from = (app: string, ports: readonly number[]) => ({
  action: "Allow",
  protocol: "TCP",
  source: { selector: `app == '${app}'` },
  destination: { ports },
});

function state(...manifests: readonly unknown[]): ComparedState {
  const read = readCluster({ cluster: "", manifests: manifests.map((json) => ({ json, origin: "" })) });
  const world = buildWorld(read.world);
  return { connectivity: connectivityOf([world]), nameOf: nameEndpoints([{ world, workloads: read.workloads }]) };
}

const [WEB, DB, OPS] = ["web", "db", "ops"].map(deployment);
const OLD = state(WEB, DB, OPS, policy("db", from("web", [5432])));

describe("the difference of two states", () => {
  it.each([
    { name: "none", after: OLD, text: "" },
    {
      name: "a port more",
      after: state(WEB, DB, OPS, policy("db", from("web", [5432, 5433]))),
      text: "~ shop/web[Deployment] => shop/db[Deployment] : TCP 5432 -> TCP 5432-5433",
    },
    {
      name: "another peer",
      after: state(WEB, DB, OPS, policy("db", from("ops", [5432]))),
      text: [
        "+ shop/ops[Deployment] => shop/db[Deployment] : TCP 5432",
        "- shop/web[Deployment] => shop/db[Deployment] : TCP 5432",
      ].join("\n"),
    },
    {
      name: "a range of outside addresses, of which the rest stays out",
      after: state(
        WEB,
        DB,
        OPS,
        policy("db", from("web", [5432]), { action: "Allow", source: { nets: ["10.0.0.0/8"] } }),
      ),
      text: [
        "+ 10.0.0.0-10.255.255.255[External] => shop/db[Deployment] : All Connections",
        "shop/db[Deployment] became exposed (ingress)",
      ].join("\n"),
    },
    {
      name: "a policy for a workload that had none",
      after: state(WEB, DB, OPS, policy("db", from("web", [5432])), policy("ops")),
      text: [
        "- 0.0.0.0-255.255.255.255[External] => shop/ops[Deployment] : All Connections",
        "- shop/db[Deployment] => shop/ops[Deployment] : All Connections",
        "- shop/web[Deployment] => shop/ops[Deployment] : All Connections",
        "shop/ops[Deployment] became protected (ingress)",
        "shop/ops[Deployment] became unexposed (ingress)",
      ].join("\n"),
    },
    {
      name: "a workload less",
      after: state(WEB, DB, policy("db", from("web", [5432]))),
      text: [
        "- 0.0.0.0-255.255.255.255[External] => shop/ops[Deployment] : All Connections",
        "- shop/db[Deployment] => shop/ops[Deployment] : All Connections",
        "- shop/ops[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections",
        "- shop/ops[Deployment] => shop/web[Deployment] : All Connections",
        "- shop/web[Deployment] => shop/ops[Deployment] : All Connections",
        "workload removed: shop/ops[Deployment]",
      ].join("\n"),
    },
    {
      name: "something that is not known",
      after: state(WEB, DB, OPS, policy("db", { ...from("web", [5432]), http: { methods: ["GET"] } })),
      text: "- shop/web[Deployment] => shop/db[Deployment] : TCP 5432 (unknown No Connections -> TCP 5432)",
    },
  ])("$name", ({ after, text }) => {
    expect(printDifference(differenceOf(OLD, after), "txt")).toBe(text);
  });

  const CHANGE = differenceOf(OLD, state(WEB, DB, OPS, policy("db", from("web", [5432, 5433]))));

  it("is written as CSV, Markdown and DOT", () => {
    expect(printDifference(CHANGE, "csv").split("\n")[1]).toBe(
      "changed,shop/web[Deployment],shop/db[Deployment],TCP 5432,TCP 5432-5433,",
    );
    expect(printDifference(CHANGE, "md").split("\n")[2]).toBe(
      "| changed | shop/web[Deployment] | shop/db[Deployment] | TCP 5432 | TCP 5432-5433 |  |",
    );
    expect(printDifference(CHANGE, "dot")).toContain(
      `"shop/web[Deployment]" -> "shop/db[Deployment]" [label="TCP 5432 -> TCP 5432-5433" color="magenta"]`,
    );
  });

  it("is written as JSON, with the sets that were gained and lost", () => {
    expect(JSON.parse(printDifference(CHANGE, "json"))).toMatchObject({
      connections: [{ kind: "changed", sets: [{ gained: [{ protocol: "TCP", ports: [[5433, 5433]] }], lost: [] }] }],
      postures: [],
    });
  });
});
