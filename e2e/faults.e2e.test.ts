import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient } from "../apps/standalone/src/demo/api-client";
import { clustersByName, signedInApi } from "./support/api";
import { newHome, removeHome, startDemo, type Demo } from "./support/demo";
import { eventually } from "./support/eventually";
import { missingBuckets } from "./support/evidence";
import { killAndAwaitSuccessors, POSTGRES } from "./support/kills";
import { evidenceAfter, faultsAfterSettling } from "./support/outcome";
import { applyPolicy, policyStates } from "./support/policies";
import { childPids, isRunning, postgresPid } from "./support/processes";
import { destroySpool } from "./support/spool";

const PORT = 9500;
const CLUSTERS = ["eu-central", "eu-west", "us-east"];
const POLICY = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: faults.nothing-to-redis
spec:
  tier: faults
  order: 10
  selector: app == "redis-cart"
  types: [Ingress]
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "email"
`;

let demo: Demo;
let api: ApiClient;

const statuses = async () =>
  Object.fromEntries(Object.entries(await clustersByName(api)).map(([name, { status }]) => [name, status.kind]));
const allConnected = () =>
  eventually("three connected clusters", async () =>
    Object.values(await statuses()).every((kind) => kind === "connected") ? true : undefined,
  );

const nowSeconds = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  demo = await startDemo({ home: newHome(), port: PORT, sandboxTime: "flush=2s,lag=1" });
  api = await signedInApi(demo);
  await api.mutate("tiers.create", { name: "faults", order: 50, defaultAction: "Pass" });
  await applyPolicy(api, POLICY);
  await evidenceAfter(demo, { clusters: CLUSTERS.length, since: 0 });
});

afterAll(async () => {
  await demo.stop();
  removeHome(demo.home);
});

describe("whatever process dies", () => {
  it.each(["gateway 1", "gateway 2", "agent eu-west", "web", "clickhouse", "sandbox", POSTGRES] as const)(
    "%s comes back and the clusters are connected again",
    async (name) => {
      await killAndAwaitSuccessors(demo, [name]);
      await eventually("the API answers", async () => (await statuses().catch(() => undefined)) && true);
      await allConnected();
    },
  );

  it("a silent agent makes its cluster unknown, with what it last said, and never disconnected or empty", async () => {
    const pid = childPids(demo.home)["agent us-east"]!;
    const before = (await clustersByName(api))["us-east"];
    process.kill(pid, "SIGSTOP");
    try {
      const silent = await eventually(
        "us-east is unknown",
        async () => {
          const cluster = (await clustersByName(api))["us-east"];
          return cluster?.status.kind === "unknown" ? cluster : undefined;
        },
        { timeoutMs: 90_000 },
      );
      expect(silent.status.since).toBeLessThanOrEqual(Date.now());
      expect(silent.size).toEqual(before?.size);
      expect(await policyStates(api, "faults.nothing-to-redis")).toEqual({
        "eu-central": "applied",
        "eu-west": "applied",
        "us-east": "unknown",
      });
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await allConnected();
  });

  it("has lost and doubled nothing, and removed no policy", async () => {
    await evidenceAfter(demo, { clusters: CLUSTERS.length, since: nowSeconds() });
    // The sandbox holds Goldmane: killing it loses what Goldmane had not yet given, and that must be said as a gap.
    expect(await faultsAfterSettling(demo, api, "faults.nothing-to-redis")).toEqual([]);
  });
});

describe("a spool destroyed on purpose", () => {
  it("names the minutes that are missing, and only they", async () => {
    const clusters = await clustersByName(api);
    const id = clusters["eu-central"]!.id;
    const missingBefore = await missingBuckets(demo, id);
    const agent = childPids(demo.home)["agent eu-central"]!;
    process.kill(agent, "SIGSTOP");
    destroySpool(demo, "eu-central");
    const since = nowSeconds();
    process.kill(agent, "SIGKILL");
    await evidenceAfter(demo, { clusters: CLUSTERS.length, since });
    // Goldmane still held what the spool had: the agent asked for it again, so nothing may be missing.
    expect(await missingBuckets(demo, id)).toEqual(missingBefore);
    expect(await faultsAfterSettling(demo, api, "faults.nothing-to-redis")).toEqual([]);
  });
});

describe("Ctrl-C", () => {
  it("stops everything, says so with code 0, and leaves no process behind", async () => {
    const pids = [...Object.values(childPids(demo.home)), postgresPid(demo.home)];
    expect(await demo.stop()).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
