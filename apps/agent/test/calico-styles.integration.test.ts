import { CALICO_CRD, CALICO_KINDS, CALICO_V3, recordAt, type KubeObject } from "@isthmus/k8s";
import { ApplyState, FindingState, refText, type ResourceResult } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningChild } from "./support/child";
import { agentToken, install } from "./support/install";
import { LinkGateway } from "./support/link-gateway";
import { manifestFor, placeReplica, type ReplicaPlace } from "./support/replica";
import { startSandbox, type RunningSandbox, type SandboxCluster } from "./support/sandbox";
import { waitFor } from "./support/wait-for";

// The agent as it is shipped, against each way in which clusters serve Calico's kinds (ADR 0029).

interface Style {
  readonly style: "native" | "aggregated" | "crd-only";
  readonly api: string;
  /** What becomes of a policy that the gateway wants. */
  readonly applied: ApplyState;
  /** The finding calico.api, and what the finding calico.version says. */
  readonly finding: readonly [FindingState, RegExp];
  readonly version: RegExp;
}

const STYLES: readonly Style[] = [
  {
    style: "native",
    api: CALICO_V3,
    applied: ApplyState.APPLIED,
    finding: [FindingState.OK, /projectcalico\.org\/v3/u],
    version: /^Calico v3\.32\.\d+$/u,
  },
  {
    style: "aggregated",
    api: CALICO_V3,
    applied: ApplyState.APPLIED,
    finding: [FindingState.OK, /projectcalico\.org\/v3/u],
    version: /^Calico v3\.31\.\d+; policies are created first and then updated/u,
  },
  {
    style: "crd-only",
    api: CALICO_CRD,
    applied: ApplyState.READ_ONLY,
    finding: [FindingState.WARNING, /read only/u],
    version: /^Calico v3\.31\./u,
  },
];

const policy = (name: string, order: number, tier = "default") => ({
  apiVersion: CALICO_V3,
  kind: "GlobalNetworkPolicy",
  metadata: { name },
  spec: { tier, order, selector: "app == 'nothing'", types: ["Ingress"], ingress: [{ action: "Allow" }] },
});
const tier = (name: string, order: number) => ({
  apiVersion: CALICO_V3,
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction: "Pass" },
});
const SET = {
  apiVersion: CALICO_V3,
  kind: "GlobalNetworkSet",
  metadata: { name: "partners", labels: { role: "partner" } },
  spec: { nets: ["192.0.2.0/24"] },
};
const scenario = {
  clusters: STYLES.map(({ style }) => ({
    name: style,
    calicoApi: style,
    nodes: 1,
    manifests: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "calico-system" } },
      tier("team", 100),
      policy("seeded", 20),
      policy("team.seeded", 20, "team"),
      SET,
    ],
  })),
};

interface Running {
  readonly cluster: SandboxCluster;
  readonly gateway: LinkGateway;
  readonly place: ReplicaPlace;
  readonly agent: RunningChild;
}

let sandbox: RunningSandbox;
const running = new Map<string, Running>();

async function start(style: string): Promise<void> {
  const gateway = new LinkGateway();
  const url = await gateway.listen();
  const cluster = sandbox.cluster(style);
  const objects = manifestFor(cluster, gateway, url);
  await install(cluster.api, objects);
  const token = await agentToken(cluster.api);
  const place = await placeReplica(`agent-${style}`, { objects, sandbox: cluster, gateway, token });
  running.set(style, { cluster, gateway, place, agent: place.start() });
}

function of(style: string): Running {
  const found = running.get(style);
  if (found === undefined) throw new Error(`no agent runs against ${style}`);
  return found;
}

const POLICY = refText({ apiVersion: CALICO_V3, kind: "GlobalNetworkPolicy", namespace: "", name: "isthmus-test.a" });
const want = (gateway: LinkGateway, order: number): bigint =>
  gateway.desire([
    { manifest: tier("isthmus-test", 500), position: 1 },
    { manifest: policy("isthmus-test.a", order, "isthmus-test"), position: 2 },
  ]);

const becomes = (gateway: LinkGateway, revision: bigint, state: ApplyState): Promise<ResourceResult> =>
  waitFor(`the policy to be ${ApplyState[state]}`, () => {
    const said = gateway.reports.some((report) => report.revision >= revision);
    const result = gateway.results.get(POLICY);
    return said && result?.state === state ? result : undefined;
  });

async function written(cluster: SandboxCluster): Promise<KubeObject> {
  const found = await cluster.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

const orderOf = async (cluster: SandboxCluster): Promise<unknown> => recordAt(await written(cluster), "spec")["order"];

beforeAll(async () => {
  sandbox = await startSandbox(scenario);
  await Promise.all(STYLES.map(({ style }) => start(style)));
}, 120_000);

afterAll(async () => {
  for (const { agent, gateway, place } of running.values()) {
    await agent.kill("SIGTERM");
    await gateway.close();
    place.remove();
  }
  await sandbox?.stop();
});

describe.each(STYLES)("the agent where Calico's kinds are served $style", (row) => {
  const { style, api, applied } = row;

  it("brings the inventory, under the names that v3 shows", async () => {
    const { gateway } = of(style);
    await waitFor("the first sync", () => gateway.syncs > 0);
    expect(gateway.facts).toMatchObject({ calicoApi: api, missingPermissions: [] });
    expect(gateway.names("GlobalNetworkPolicy")).toEqual(["seeded", "team.seeded"]);
    expect(gateway.names("Tier")).toContain("team");
    const sets = [...gateway.inventory.values()].filter(({ ref }) => ref?.kind === "GlobalNetworkSet");
    expect(sets.map(({ ref }) => [ref?.apiVersion, ref?.name])).toEqual([[api, "partners"]]);
    const body = JSON.parse(Buffer.from(sets[0]?.body ?? []).toString()) as KubeObject;
    expect(body).toMatchObject({ metadata: { labels: { role: "partner" } }, spec: SET.spec });
    expect(gateway.facts?.podCidrs.length).toBeGreaterThan(0);
  });

  it("finds in its examination how Calico is served", async () => {
    const { gateway } = of(style);
    const examined = await waitFor("an examination", () => gateway.examinations.at(-1));
    const finding = (id: string) => examined.findings.find((each) => each.id === id);
    expect(finding("calico.api")?.state).toBe(row.finding[0]);
    expect(finding("calico.api")?.seen).toMatch(row.finding[1]);
    expect(finding("calico.version")?.seen).toMatch(row.version);
    expect(finding("permissions.inventory")?.state).toBe(FindingState.OK);
    const writes = applied === ApplyState.READ_ONLY ? FindingState.NOT_APPLICABLE : FindingState.OK;
    expect(finding("permissions.writes")?.state).toBe(writes);
    expect(finding("addresses.pools")?.state).not.toBe(FindingState.FAILING);
  });
});

describe.each(STYLES.filter(({ applied }) => applied === ApplyState.APPLIED))(
  "the agent where it may write, $style",
  ({ style, applied }) => {
    it("applies a policy and its change", async () => {
      const { gateway, cluster } = of(style);
      const result = await becomes(gateway, want(gateway, 10), applied);
      const made = await written(cluster);
      expect(made.metadata.uid).toBe(result.uid);
      await becomes(gateway, want(gateway, 12), applied);
      await waitFor("the change", async () => (await orderOf(cluster)) === 12);
      expect((await written(cluster)).metadata.uid).toBe(result.uid);
      await waitFor("the policy in the inventory", () =>
        gateway.names("GlobalNetworkPolicy").includes("isthmus-test.a"),
      );
    });

    it("reports drift, leaves it, and sets it right when asked again", async () => {
      const { gateway, cluster } = of(style);
      const found = await written(cluster);
      const spec = { ...recordAt(found, "spec"), order: 77 };
      expect((await cluster.api.update(CALICO_KINDS.globalNetworkPolicies, { ...found, spec })).ok).toBe(true);
      const drifted = await becomes(gateway, 0n, ApplyState.DRIFTED);
      expect(drifted.message).toContain("spec.order");
      expect(await orderOf(cluster)).toBe(77);
      await becomes(gateway, want(gateway, 12), ApplyState.APPLIED);
      await waitFor("the repair", async () => (await orderOf(cluster)) === 12);
    });
  },
);

describe.each(STYLES.filter(({ applied }) => applied === ApplyState.READ_ONLY))(
  "the agent where it may only read, $style",
  ({ style, applied }) => {
    it("says that it does not write, and writes nothing", async () => {
      const { gateway, cluster } = of(style);
      const result = await becomes(gateway, want(gateway, 10), applied);
      expect(result.uid).toBe("");
      const stored = await cluster.api.list({ ...CALICO_KINDS.globalNetworkPolicies, apiVersion: CALICO_CRD }, {});
      const names = stored.ok && stored.value.items.map(({ metadata }) => metadata.name).toSorted();
      expect(names).toEqual(["default.seeded", "team.seeded"]);
    });
  },
);
