import { describe, expect, it } from "vitest";
import { validateResource } from "../decode/parse-resource";
import { compileMesh } from "./compile";
import { cluster, east, mesh, planOf, pod, policy, west } from "../testing/federation-fixtures";
import type { MeshInput, MeshPod } from "./types";

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
            "name": "isthmus-28d363ec89-e3b0c442-0",
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
            "name": "isthmus-94b6632853-e3b0c442-0",
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
        "1000000 GlobalNetworkSet isthmus-28d363ec89-e3b0c442-0",
        "1000000 GlobalNetworkSet isthmus-94b6632853-a892a173-0",
        "2000000 NetworkPolicy mesh.pay",
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
          "name": "isthmus-94b6632853-a892a173-0",
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

  const gnp = (spec: object, more: { id?: string; name?: string } = {}) =>
    policy(spec, { kind: "GlobalNetworkPolicy", ...more });
  const codes = (input: MeshInput) => planOf(input).problems.map(({ code, severity }) => `${severity} ${code}`);
  const rulesOf = (input: MeshInput) =>
    (planOf(input).resources.at(-1)?.manifest["spec"] as { ingress: unknown[] } | undefined)?.ingress ?? [];

  it("keeps published sets out of what a global policy says of its own cluster", () => {
    const spec = { ingress: [{ action: "Allow", source: { selector: "app != 'cart'" } }] };
    expect(rulesOf(mesh({ policies: [gnp(spec)], publications: [] }))).toEqual([
      {
        action: "Allow",
        source: { selector: '(app != "cart" && (has(projectcalico.org/namespace) || !has(isthmus.io/managed)))' },
      },
    ]);
  });

  it("leaves a rule that names addresses alone as it is", () => {
    const ingress = [{ action: "Allow", protocol: "TCP", source: { nets: ["10.0.0.0/8"] } }];
    expect(rulesOf(mesh({ policies: [gnp({ ingress })] }))).toEqual(ingress);
  });

  it("extends notSelector over the mesh within one rule", () => {
    const spec = { ingress: [{ action: "Deny", source: { notSelector: "app == 'payment'" } }] };
    const input = mesh({ policies: [gnp(spec)] });
    const [rule, ...more] = rulesOf(input) as { source: { notSelector: string } }[];
    expect(more).toEqual([]);
    expect(rule?.source.notSelector).toMatch(
      /^\(app == "payment" \|\| \(isthmus\.io\/peer-[0-9a-f]{20} == "1" && !has\(projectcalico\.org\/namespace\)\)\)$/,
    );
  });

  it("means the same namespace in other clusters by a peer without one", () => {
    const elsewhere = { ...east, pods: [pod("ops/payment", "10.2.0.1")], namespaces: [{ name: "ops", labels: {} }] };
    const spec = { ingress: [{ action: "Allow", source: { selector: "app == 'payment'" } }] };
    const publications = [{ sourceClusterId: "east", namespace: "ops", targetClusterId: "west" }];
    const plan = planOf(mesh({ clusters: [west, elsewhere], policies: [policy(spec)], publications }));
    const set = plan.resources.find(({ origin }) => origin.kind === "identity")?.manifest["metadata"] as {
      labels: object;
    };
    expect(Object.keys(set.labels)).toEqual(["isthmus.io/identity", "isthmus.io/managed"]);
  });

  it("splits a workload whose pods are selected differently", () => {
    const workload = { kind: "Deployment", name: "payment" };
    const pods = [pod("shop/payment", "10.2.0.1", { workload }), pod("shop/new", "10.2.0.2", { workload })];
    const spec = { egress: [{ action: "Deny", destination: { selector: "app == 'payment'" } }] };
    const plan = planOf(mesh({ clusters: [west, { ...east, pods }], policies: [policy(spec)] }));
    expect(plan.publishedSets.map(({ workloadName, shard }) => [workloadName, shard])).toEqual([
      ["payment", 0],
      ["payment", 1],
    ]);
  });

  it("cuts more than 2,000 addresses into sets, and one address moves in one set", () => {
    const workload = { kind: "DaemonSet", name: "big" };
    const many = Array.from({ length: 4_500 }, (_, i) =>
      pod(`shop/big-${i}`, `10.2.${i >> 8}.${i & 255}`, { workload, labels: {} }),
    );
    const plan = (pods: readonly MeshPod[]) => planOf(mesh({ clusters: [west, { ...east, pods }] }));
    const before = plan(many);
    const nets = before.resources.map(({ manifest }) => (manifest["spec"] as { nets: string[] }).nets);
    expect(nets.every((list) => list.length <= 2_000)).toBe(true);
    expect(new Set(nets.flat()).size).toBe(4_500);
    const hashes = new Set(before.resources.map(({ hash }) => hash));
    const changed = plan(many.slice(1)).resources.filter(({ hash }) => !hashes.has(hash));
    expect(changed.length).toBe(1);
  });

  const own = (kind: string, spec: object) => ({
    apiVersion: "projectcalico.org/v3",
    kind,
    metadata: kind.includes("Global") || kind === "Profile" ? { name: "own" } : { name: "own", namespace: "shop" },
    spec,
  });
  const withOwn = (...unmanagedPolicies: unknown[]) => mesh({ clusters: [{ ...west, unmanagedPolicies }, east] });

  it.each([
    {
      name: "all() of a global policy",
      own: own("GlobalNetworkPolicy", {
        ingress: [{ action: "Allow" }, { action: "Deny", source: { selector: "all()" } }],
      }),
    },
    {
      name: "our label on what is not ours",
      own: {
        ...own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { selector: "all()" } }] }),
        metadata: { name: "own", labels: { "isthmus.io/managed": "true" } },
      },
    },
    {
      name: "a negation",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { selector: "!has(app)" } }] }),
    },
    {
      name: "notSelector",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { notSelector: "app != 'x'" } }] }),
    },
    {
      name: "a negated namespaceSelector",
      own: own("GlobalNetworkPolicy", {
        egress: [{ action: "Deny", destination: { namespaceSelector: "!has(team)" } }],
      }),
    },
    {
      name: "global() in a namespaced policy",
      own: own("NetworkPolicy", { ingress: [{ action: "Deny", source: { namespaceSelector: "global()" } }] }),
    },
    {
      name: "an own end of forwarded packets",
      own: own("GlobalNetworkPolicy", {
        applyOnForward: true,
        ingress: [{ action: "Deny", destination: { selector: "all()" } }],
      }),
    },
    {
      name: "a profile",
      own: own("Profile", { ingress: [{ action: "Deny", source: { selector: "all()" } }] }),
    },
    {
      name: "a staged policy",
      own: own("StagedGlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { selector: "all()" } }] }),
    },
  ])("does not publish what $name of the cluster's own would match", ({ own: manifest }) => {
    const plan = planOf(withOwn(manifest));
    expect(plan.publishedSets).toEqual([]);
    const [problem] = plan.problems;
    expect(problem).toMatchObject({
      code: "would-change-unmanaged-policy",
      severity: "error",
      clusterId: "west",
      ref: { name: "own" },
    });
    expect(problem?.message).toMatch(/spec\.(in|e)gress\[\d\]\.(source|destination) of .*own/);
  });

  it.each([
    {
      name: "a selector that needs a label",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { selector: "app == 'x'" } }] }),
    },
    {
      name: "all() in a namespaced policy",
      own: own("NetworkPolicy", { ingress: [{ action: "Deny", source: { selector: "all()" } }] }),
    },
    {
      name: "all() narrowed to other addresses",
      own: own("GlobalNetworkPolicy", {
        ingress: [{ action: "Deny", source: { selector: "all()", nets: ["192.168.0.0/16"] } }],
      }),
    },
    {
      name: "an own end of packets that are not forwarded",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", destination: { selector: "all()" } }] }),
    },
    {
      name: "a Log rule",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Log", source: { selector: "all()" } }] }),
    },
    {
      name: "a rule of the other IP version",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", ipVersion: 6, source: { selector: "all()" } }] }),
    },
    {
      name: "a staged deletion",
      own: own("StagedGlobalNetworkPolicy", { stagedAction: "Delete" }),
    },
    {
      name: "addresses alone",
      own: own("GlobalNetworkPolicy", { ingress: [{ action: "Deny", source: { nets: ["10.0.0.0/8"] } }] }),
    },
    {
      name: "rules of a direction that the policy does not judge",
      own: own("GlobalNetworkPolicy", {
        types: ["Egress"],
        ingress: [{ action: "Deny", source: { selector: "all()" } }],
      }),
    },
    {
      name: "a Kubernetes policy",
      own: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "own", namespace: "shop" },
        spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }, { podSelector: {} }] }] },
      },
    },
  ])("publishes beside $name of the cluster's own", ({ own: manifest }) => {
    expect(planOf(withOwn(manifest)).publishedSets.length).toBe(2);
  });

  it("publishes a workload whole or not at all", () => {
    const workload = { kind: "Deployment", name: "payment" };
    const pods = [pod("shop/payment", "10.2.0.1", { workload }), pod("shop/new", "10.2.0.2", { workload })];
    const narrow = own("GlobalNetworkPolicy", {
      ingress: [{ action: "Deny", source: { selector: "all()", nets: ["10.2.0.1/32"] } }],
    });
    const spec = { egress: [{ action: "Deny", destination: { selector: "app == 'payment'" } }] };
    const clusters = [
      { ...west, unmanagedPolicies: [narrow] },
      { ...east, pods },
    ];
    expect(planOf(mesh({ clusters, policies: [policy(spec)] })).publishedSets).toEqual([]);
  });

  it("publishes nothing beside a policy that it cannot read", () => {
    const plan = planOf(
      withOwn({
        apiVersion: "policy.networking.k8s.io/v1alpha2",
        kind: "ClusterNetworkPolicy",
        metadata: { name: "x" },
      }),
    );
    expect(plan.publishedSets).toEqual([]);
    expect(plan.problems.map(({ code }) => code)).toEqual(["unknown-unmanaged-policy"]);
  });

  it("publishes nothing between clusters whose pod ranges overlap, and names them", () => {
    const plan = planOf(mesh({ clusters: [west, { ...east, podCidrs: ["10.1.128.0/17", "10.2.0.0/16"] }] }));
    expect(plan.resources).toEqual([]);
    expect(plan.problems.map(({ message }) => message)).toEqual([
      "nothing is published from `east` to `west`: their pod ranges overlap, 10.1.128.0/17 of `east` and 10.1.0.0/16 of `west`",
    ]);
  });

  it("publishes an address that two workloads claim for neither", () => {
    const pods = [pod("shop/payment", "10.2.0.1"), pod("shop/ad", "10.2.0.1"), pod("shop/cart", "10.2.0.3")];
    const plan = planOf(mesh({ clusters: [west, { ...east, pods }] }));
    expect(plan.publishedSets.map(({ workloadName }) => workloadName)).toEqual(["cart"]);
    expect(plan.problems.map(({ code }) => code)).toEqual(["ambiguous-address"]);
  });

  it("publishes an address for nobody that a workload claims too which is not published", () => {
    const claimant = cluster("north", "10.3.0.0/16", { pods: [pod("ops/stray", "10.2.0.1")] });
    const plan = planOf(mesh({ clusters: [west, east, claimant] }));
    expect(plan.publishedSets.map(({ workloadName }) => workloadName)).toEqual(["ad"]);
    expect(plan.problems.map(({ code }) => code)).toEqual(["ambiguous-address"]);
    const apart = planOf(mesh({ clusters: [west, east, { ...claimant, network: "another" }] }));
    expect(apart.problems).toEqual([]);
  });

  it("makes no namespace for a policy that waits for one", () => {
    const plan = planOf(mesh({ policies: [policy({}, { namespace: "later" })] }));
    expect(plan.resources.map(({ ref }) => ref.kind)).toEqual(["GlobalNetworkSet", "GlobalNetworkSet"]);
  });

  it.each([
    {
      name: "a StagedKubernetesNetworkPolicy",
      manifest: {
        apiVersion: "projectcalico.org/v3",
        kind: "StagedKubernetesNetworkPolicy",
        metadata: { name: "x", namespace: "shop" },
        spec: { podSelector: {} },
      },
      path: ["kind"],
    },
    {
      name: "doNotTrack",
      manifest: gnp({ doNotTrack: true, applyOnForward: true }).manifest,
      path: ["spec", "doNotTrack"],
    },
    {
      name: "preDNAT",
      manifest: gnp({ preDNAT: true, applyOnForward: true }).manifest,
      path: ["spec", "preDNAT"],
    },
  ])("says that $name cannot be federated", ({ manifest, path }) => {
    const plan = planOf(mesh({ policies: [{ ...policy({}), manifest }], publications: [] }));
    expect(plan.resources).toEqual([]);
    expect(plan.problems).toMatchObject([{ code: "unsupported-policy", severity: "error", path, policyId: "p1" }]);
  });

  it.each([
    {
      name: "a policy that is not valid",
      input: { policies: [policy({ selector: "app = 'x'" })] },
      expected: ["error invalid-policy"],
    },
    {
      name: "a namespaced policy without a namespace",
      input: {
        policies: [
          {
            ...policy({}),
            manifest: {
              apiVersion: "projectcalico.org/v3",
              kind: "NetworkPolicy",
              metadata: { name: "x" },
              spec: { tier: "mesh" },
            },
          },
        ],
      },
      expected: ["error invalid-policy"],
    },
    {
      name: "a tier that is not ours",
      input: { policies: [policy({ tier: "default" })] },
      expected: ["error unknown-tier"],
    },
    {
      name: "a tier of the same name in the cluster",
      input: {
        clusters: [
          {
            ...west,
            existingTiers: [
              { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name: "mesh" }, spec: { order: 5 } },
            ],
          },
          east,
        ],
        policies: [policy({})],
      },
      expected: ["error tier-not-ours"],
    },
    {
      name: "a tier of the same name that only carries our label",
      input: {
        clusters: [
          {
            ...west,
            existingTiers: [
              {
                apiVersion: "projectcalico.org/v3",
                kind: "Tier",
                metadata: { name: "mesh", labels: { "isthmus.io/managed": "true" } },
                spec: { order: 5 },
              },
            ],
          },
          east,
        ],
        policies: [policy({})],
      },
      expected: ["error tier-not-ours"],
    },
    {
      name: "a namespace that is not there yet",
      input: { policies: [policy({}, { namespace: "later" })] },
      expected: ["warning namespace-absent"],
    },
    {
      name: "a kind that cannot be placed",
      input: {
        policies: [
          { ...policy({}), manifest: { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name: "x" } } },
        ],
      },
      expected: ["error unsupported-policy"],
    },
    {
      name: "preDNAT",
      input: { policies: [gnp({ preDNAT: true, applyOnForward: true })] },
      expected: ["error unsupported-policy"],
    },
    {
      name: "a label that is ours",
      input: {
        policies: [policy({ ingress: [{ action: "Deny", source: { selector: "has(isthmus.io/identity)" } }] })],
      },
      expected: ["error unsupported-policy"],
    },
    {
      name: "a port name of a remote peer",
      input: {
        policies: [
          policy({
            egress: [
              { action: "Deny", protocol: "TCP", destination: { selector: "app == 'payment'", ports: ["grpc"] } },
            ],
          }),
        ],
      },
      expected: ["error unsupported-policy"],
    },
    {
      name: "two policies of one name",
      input: { policies: [policy({}), policy({}, { id: "p2" })] },
      expected: ["error duplicate-policy"],
    },
    {
      name: "more rules than a policy may have",
      input: {
        policies: [
          policy({
            egress: Array.from({ length: 600 }, () => ({
              action: "Deny",
              destination: { selector: "app == 'payment'" },
            })),
          }),
        ],
      },
      expected: ["error too-many-rules"],
    },
    {
      name: "a selector that grows too long",
      input: {
        policies: [gnp({ ingress: [{ action: "Deny", source: { selector: `app != '${"x".repeat(1_010)}'` } }] })],
      },
      expected: ["error selector-too-long"],
    },
    {
      name: "a peer that is not published",
      input: {
        clusters: [west, east, cluster("north", "10.3.0.0/16", { pods: [pod("shop/payment", "10.3.0.1")] })],
        policies: [policy({ egress: [{ action: "Deny", destination: { selector: "app == 'payment'" } }] })],
      },
      expected: ["warning peer-not-published"],
    },
    {
      name: "another network",
      input: { clusters: [west, { ...east, network: "other" }] },
      expected: ["error different-networks"],
    },
    {
      name: "an address outside the pod ranges",
      input: { clusters: [west, { ...east, pods: [pod("shop/ad", "192.168.0.1")] }] },
      expected: ["warning address-outside-pod-ranges"],
    },
    {
      name: "no address",
      input: { clusters: [west, { ...east, pods: [pod("shop/ad", "nowhere")] }] },
      expected: ["error invalid-address"],
    },
  ] satisfies readonly { name: string; input: Partial<MeshInput>; expected: readonly string[] }[])(
    "names $name",
    ({ input, expected }) => {
      expect(codes(mesh(input))).toEqual(expected);
    },
  );

  it("writes nothing to a cluster that it may only read, and says why", () => {
    const plan = planOf(mesh({ clusters: [{ ...west, readOnly: true }, east], policies: [policy({})] }));
    expect([plan.resources, plan.problems.map(({ code }) => code)]).toEqual([[], ["read-only-cluster"]]);
  });

  it("says of a policy by which approval it is wanted, so that one approved again is written again", () => {
    const again = (applicationId: string) =>
      compileMesh(mesh({ policies: [{ ...policy({ selector: "all()", types: ["Ingress"] }), applicationId }] }))
        .clusters.flatMap(({ resources }) => resources)
        .flatMap(({ origin, hash }) => (origin.kind === "policy" ? [{ hash, approval: origin.applicationId }] : []));
    const [first, second] = [again("1"), again("2")];
    expect(first.map(({ approval }) => approval)).toEqual(["1"]);
    expect(second).toEqual([{ hash: first[0]?.hash, approval: "2" }]);
  });

  it("tells of a placement on a cluster that is not there", () => {
    const placed = { ...policy({}), clusterIds: ["west", "gone"] };
    expect(compileMesh(mesh({ policies: [placed] })).problems.map(({ code, clusterId }) => [code, clusterId])).toEqual([
      ["unknown-cluster", "gone"],
    ]);
  });
});
