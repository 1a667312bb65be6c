import { describe, expect, it } from "vitest";
import { validateResource } from "../decode/parse-resource";
import { compileMesh } from "./compile";
import type { MeshCluster, MeshInput, MeshPod, MeshPolicy } from "./types";

const pod = (namespace: string, name: string, address: string, more: Partial<MeshPod> = {}): MeshPod => ({
  namespace,
  name,
  labels: { app: name },
  serviceAccount: "default",
  addresses: [address],
  workload: { kind: "Deployment", name },
  ...more,
});

const cluster = (id: string, range: string, more: Partial<MeshCluster> = {}): MeshCluster => ({
  id,
  name: id,
  labels: {},
  network: "flat",
  podCidrs: [range],
  readOnly: false,
  namespaces: [{ name: "shop", labels: { team: "web" } }],
  pods: [],
  unmanagedPolicies: [],
  existingTiers: [],
  ...more,
});

const west = cluster("west", "10.1.0.0/16", {
  pods: [pod("shop", "frontend", "10.1.0.1"), pod("shop", "cart", "10.1.0.2")],
});
const east = cluster("east", "10.2.0.0/16", {
  pods: [pod("shop", "payment", "10.2.0.1"), pod("shop", "ad", "10.2.0.2")],
});

const policy = (
  spec: object,
  more: { id?: string; name?: string; kind?: string; namespace?: string } = {},
): MeshPolicy => ({
  policyId: more.id ?? "p1",
  revisionId: "r1",
  manifest: {
    apiVersion: "projectcalico.org/v3",
    kind: more.kind ?? "NetworkPolicy",
    metadata: {
      name: more.name ?? "pay",
      ...(more.kind?.includes("Global") ? {} : { namespace: more.namespace ?? "shop" }),
    },
    spec: { tier: "mesh", ...spec },
  },
  clusterIds: ["west"],
});

const mesh = (more: Partial<MeshInput>): MeshInput => ({
  clusters: [west, east],
  tiers: [{ name: "mesh", order: 100, defaultAction: "Pass" }],
  policies: [],
  publications: [{ sourceClusterId: "east", namespace: "shop", targetClusterId: "west" }],
  ...more,
});

const planOf = (input: MeshInput, id = "west") => {
  const found = compileMesh(input).clusters.find((c) => c.clusterId === id);
  if (!found) throw new Error(`no plan for ${id}`);
  return found;
};

describe("compileMesh", () => {
  it("publishes the identities of an approved namespace with opaque labels alone", () => {
    const plan = planOf(mesh({}));
    expect(plan.problems).toEqual([]);
    expect(plan.publishedSets.map(({ workloadName, shard }) => `${workloadName} ${shard}`)).toEqual([
      "ad 0",
      "payment 0",
    ]);
    expect(plan.resources.map(({ manifest }) => manifest)).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "projectcalico.org/v3",
          "kind": "GlobalNetworkSet",
          "metadata": {
            "labels": {
              "isthmus.io/identity": "28d363ec89698b38ed75",
              "isthmus.io/managed": "true",
            },
            "name": "isthmus-28d363ec89-0",
          },
          "spec": {
            "nets": [
              "10.2.0.2/32",
            ],
          },
        },
        {
          "apiVersion": "projectcalico.org/v3",
          "kind": "GlobalNetworkSet",
          "metadata": {
            "labels": {
              "isthmus.io/identity": "94b66328539090ad8a71",
              "isthmus.io/managed": "true",
            },
            "name": "isthmus-94b6632853-0",
          },
          "spec": {
            "nets": [
              "10.2.0.1/32",
            ],
          },
        },
      ]
    `);
  });

  it("writes a rule for published sets beside each rule with a peer, in the same place of the order", () => {
    const spec = {
      selector: "app == 'frontend'",
      egress: [
        { action: "Deny", protocol: "TCP", destination: { selector: "app == 'payment'", ports: [50051] } },
        { action: "Allow", destination: { nets: ["0.0.0.0/0"] } },
      ],
    };
    const plan = planOf(mesh({ policies: [policy(spec)] }));
    expect(plan.problems).toEqual([]);
    expect(plan.resources.map(({ ref, position }) => `${position} ${ref.kind} ${ref.name}`)).toMatchInlineSnapshot(`
      [
        "0 Tier mesh",
        "1 GlobalNetworkSet isthmus-28d363ec89-0",
        "2 GlobalNetworkSet isthmus-94b6632853-0",
        "3 NetworkPolicy mesh.pay",
      ]
    `);
    const written = plan.resources.at(-1)?.manifest;
    expect(written).toMatchInlineSnapshot(`
      {
        "apiVersion": "projectcalico.org/v3",
        "kind": "NetworkPolicy",
        "metadata": {
          "labels": {
            "isthmus.io/managed": "true",
          },
          "name": "mesh.pay",
          "namespace": "shop",
        },
        "spec": {
          "egress": [
            {
              "action": "Deny",
              "destination": {
                "ports": [
                  50051,
                ],
                "selector": "app == 'payment'",
              },
              "metadata": {
                "annotations": {
                  "isthmus.io/rule": "0",
                },
              },
              "protocol": "TCP",
            },
            {
              "action": "Deny",
              "destination": {
                "namespaceSelector": "global()",
                "ports": [
                  50051,
                ],
                "selector": "isthmus.io/peer-9bd40d44e975f168387a == "1"",
              },
              "metadata": {
                "annotations": {
                  "isthmus.io/rule": "0",
                },
              },
              "protocol": "TCP",
            },
            {
              "action": "Allow",
              "destination": {
                "nets": [
                  "0.0.0.0/0",
                ],
              },
              "metadata": {
                "annotations": {
                  "isthmus.io/rule": "1",
                },
              },
            },
          ],
          "selector": "app == 'frontend'",
          "tier": "mesh",
        },
      }
    `);
    const payment = plan.resources.find(
      ({ origin }) => origin.kind === "identity" && origin.workloadName === "payment",
    );
    expect(payment?.manifest).toMatchInlineSnapshot(`
      {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkSet",
        "metadata": {
          "labels": {
            "isthmus.io/identity": "94b66328539090ad8a71",
            "isthmus.io/managed": "true",
            "isthmus.io/peer-9bd40d44e975f168387a": "1",
          },
          "name": "isthmus-94b6632853-0",
        },
        "spec": {
          "nets": [
            "10.2.0.1/32",
          ],
        },
      }
    `);
    for (const { manifest } of plan.resources) expect(validateResource(manifest)).toEqual([]);
  });
});
