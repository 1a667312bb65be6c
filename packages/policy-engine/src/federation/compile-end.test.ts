import { describe, expect, it } from "vitest";
import { cluster, mesh, planOf, pod, policy, west } from "../testing/federation-fixtures";
import type { MeshInput, MeshPod } from "./types";

const grpc = (port: number): Partial<MeshPod> => ({ ports: [{ name: "grpc", protocol: 6, port }] });

const withPods = (...pods: readonly MeshPod[]): Partial<MeshInput> => ({
  clusters: [west, cluster("east", "10.2.0.0/16", { pods })],
});

const egressTo = (destination: object, more: object = { protocol: "TCP" }) =>
  policy({ egress: [{ action: "Allow", ...more, destination }] });

interface Written {
  readonly protocol?: unknown;
  readonly source?: { readonly selector?: string };
  readonly destination?: { readonly selector?: string; readonly ports?: readonly unknown[] };
}

const rulesOf = (input: Partial<MeshInput>, direction: "ingress" | "egress" = "egress"): readonly Written[] => {
  const plan = planOf(mesh(input));
  expect(plan.problems).toEqual([]);
  const [written] = plan.resources.filter(({ origin }) => origin.kind === "policy");
  const spec = (written?.manifest["spec"] ?? {}) as unknown as Record<string, Written[] | undefined>;
  return spec[direction] ?? [];
};

/** The addresses of the sets that carry the label that a rule asks for. */
function addressesOf(input: Partial<MeshInput>, rule: Written | undefined): readonly string[] {
  const label = /isthmus\.io\/\w+-[0-9a-f]{20}/.exec(rule?.destination?.selector ?? "")?.[0] ?? "none";
  return planOf(mesh(input)).resources.flatMap(({ manifest }) => {
    const { labels = {} } = manifest["metadata"] as { labels?: object };
    return label in labels ? (manifest["spec"] as { nets: string[] }).nets : [];
  });
}

describe("port names of endpoints in other clusters", () => {
  const pods = [
    pod("shop/payment", "10.2.0.1", grpc(50051)),
    pod("shop/ad", "10.2.0.2", grpc(9555)),
    pod("shop/new", "10.2.0.3", { ...grpc(9555), labels: { app: "payment" } }),
    pod("shop/cart", "10.2.0.4", { labels: { app: "payment" }, ports: [{ name: "grpc", protocol: 17, port: 53 }] }),
  ];

  it("become a rule a number, for the sets of those that give the number the name", () => {
    const input = {
      ...withPods(...pods),
      policies: [egressTo({ selector: "app == 'payment'", ports: ["grpc", 80, "90:99"] })],
    };
    const [local, numbers, first, second, ...more] = rulesOf(input);
    expect(local?.destination?.ports).toEqual(["grpc", 80, "90:99"]);
    expect(numbers?.destination?.ports).toEqual([80, "90:99"]);
    expect(addressesOf(input, numbers)).toEqual(["10.2.0.4/32", "10.2.0.3/32", "10.2.0.1/32"]);
    expect(first?.destination?.ports).toEqual([9555]);
    expect(addressesOf(input, first)).toEqual(["10.2.0.3/32"]);
    expect(second?.destination?.ports).toEqual([50051]);
    expect(addressesOf(input, second)).toEqual(["10.2.0.1/32"]);
    expect(more).toEqual([]);
  });

  it("mean everybody's where no selector stands beside them, and TCP where no protocol does", () => {
    const input = { ...withPods(...pods), policies: [egressTo({ ports: ["grpc"] }, {})] };
    const [local, first, second, ...more] = rulesOf(input);
    expect([local?.protocol, first?.protocol, second?.protocol, more]).toEqual([undefined, "TCP", "TCP", []]);
    expect(addressesOf(input, first)).toEqual(["10.2.0.2/32", "10.2.0.3/32"]);
    expect(addressesOf(input, second)).toEqual(["10.2.0.1/32"]);
  });

  it.each([
    {
      name: "among notPorts",
      destination: { selector: "app == 'payment'", notPorts: ["grpc"] },
      message: /among notPorts/,
    },
    {
      name: "beside notSelector alone",
      kind: "GlobalNetworkPolicy",
      destination: { notSelector: "app == 'payment'", ports: ["grpc"] },
      message: /beside notSelector alone/,
    },
    {
      name: "of pods whose ports are not reported",
      silent: true,
      destination: { selector: "app == 'payment'", ports: ["grpc"] },
      message: /does not report named ports/,
    },
  ])("are refused $name", ({ destination, message, kind, silent }) => {
    const unreported = pod("shop/payment", "10.2.0.9");
    const spec = { egress: [{ action: "Allow", protocol: "TCP", destination }] };
    const policies = [policy(spec, kind ? { kind } : {})];
    const plan = planOf(mesh({ ...withPods(...pods, ...(silent ? [unreported] : [])), policies }));
    expect(plan.problems.map(({ code }) => code)).toEqual(["unsupported-policy"]);
    expect(plan.problems[0]?.message).toMatch(message);
    expect(plan.resources.some(({ origin }) => origin.kind === "policy")).toBe(false);
  });

  it("stay as they are where nothing is published, and at the endpoint's own end", () => {
    const named = egressTo({ selector: "app == 'payment'", notPorts: ["grpc"] });
    expect(rulesOf({ ...withPods(...pods), policies: [named], publications: [] })).toHaveLength(1);
    const own = policy({ ingress: [{ action: "Allow", protocol: "TCP", destination: { notPorts: ["http"] } }] });
    expect(rulesOf({ ...withPods(...pods), policies: [own] }, "ingress")).toHaveLength(1);
  });
});

describe("a policy for forwarded packets", () => {
  const rule = { action: "Allow", source: { selector: "app == 'a'" }, destination: { selector: "app == 'b'" } };
  const gnp = (spec: object) => policy({ ingress: [rule], ...spec }, { kind: "GlobalNetworkPolicy" });

  it("may see remote endpoints at both ends", () => {
    const rules = rulesOf({ policies: [gnp({ applyOnForward: true })] }, "ingress");
    const isRemote = (text = "") => text.includes("isthmus.io/peer-");
    expect(
      rules.map(({ source, destination }) => [isRemote(source?.selector), isRemote(destination?.selector)]),
    ).toEqual([
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]);
  });

  it("else has its own endpoint at one of them", () => {
    expect(rulesOf({ policies: [gnp({})] }, "ingress")).toHaveLength(2);
  });
});

describe("services", () => {
  it("of a rule are what the cluster's own EndpointSlices say", () => {
    const egress = [{ action: "Allow", destination: { services: { name: "payment", namespace: "shop" } } }];
    expect(rulesOf({ policies: [policy({ egress })] })).toEqual(egress);
  });
});
