import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isReady, nodeOf } from "../src/controllers/pods";
import { numberOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";
import type { KubeObject } from "../src/store/types";
import { smallScenario, startTestCluster, type TestCluster } from "./api/fixture";
import { TurnedClock } from "./turned-clock";

const clock = new TurnedClock(Date.parse("2026-03-02T10:00:30Z"));
const nodes = ["small-1", "small-2", "small-3", "small-4"];
let cluster: TestCluster;

beforeAll(async () => {
  const scenario = { ...smallScenario, nodes };
  cluster = await startTestCluster({ scenario, now: clock.now, later: clock.later });
});
afterAll(() => cluster.destroy());

const store = () => cluster.cluster.store;
const container = { name: "server", image: "inside:1" };

async function apply(path: string, body: JsonObject): Promise<void> {
  const answer = await cluster.request("POST", path, { body });
  expect(answer, answer.text).toMatchObject({ code: 201 });
  await clock.turn(0);
}

const deployment = (name: string, replicas: number, spec: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...spec } },
  },
});

const podsOf = (app: string): readonly KubeObject[] =>
  store()
    .list("pods")
    .filter(({ metadata }) => metadata.labels?.["app"] === app);
const jobs = () => store().list("jobs.batch", "default");
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const cronJobs = "/apis/batch/v1/namespaces/default/cronjobs";
const minuteMs = 60_000;

function cronJob(name: string, spec: JsonObject): JsonObject {
  const template = { spec: { restartPolicy: "Never", containers: [container] } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name },
    spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template } }, ...spec },
  };
}

describe("CronJobs", () => {
  afterEach(async () => {
    await cluster.request("DELETE", cronJobs);
    await clock.turn(0);
  });

  it("make a job when it is due, keep the newest of those that have ended, and rest while they are suspended", async () => {
    await apply(cronJobs, cronJob("sweep", { successfulJobsHistoryLimit: 2 }));
    await clock.turn(4 * minuteMs);
    expect(jobs()).toEqual([]);
    await clock.turn(30_000);
    expect(jobs().map((job) => job.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"])).toEqual([
      "2026-03-02T10:05:00Z",
    ]);
    await clock.turn(15 * minuteMs + 10_000);
    const ended = jobs().map((job) => stringOf(valueAt(job, "status", "completionTime")).slice(11, 16));
    expect(ended).toEqual(["10:15", "10:20"]);
    const status = valueAt(store().get({ resource: "cronjobs.batch", namespace: "default", name: "sweep" }), "status");
    expect(status).toMatchObject({ lastScheduleTime: "2026-03-02T10:20:00Z" });
    await cluster.request("PATCH", `${cronJobs}/sweep`, {
      body: { spec: { suspend: true } },
      contentType: "application/merge-patch+json",
    });
    await clock.turn(10 * minuteMs);
    expect(jobs()).toHaveLength(2);
    await cluster.request("DELETE", `${cronJobs}/sweep`);
    await clock.turn(0);
    expect(jobs()).toEqual([]);
    expect(store().list("pods", "default")).toEqual([]);
  });

  it.each([
    { policy: "Allow", active: 2 },
    { policy: "Forbid", active: 1 },
    { policy: "Replace", active: 1 },
  ])("with $policy have $active running when one outlasts the next time", async ({ policy, active }) => {
    const template = { spec: { restartPolicy: "Never", nodeSelector: { none: "such" }, containers: [container] } };
    const spec = { schedule: "* * * * *", concurrencyPolicy: policy, jobTemplate: { spec: { template } } };
    await apply(cronJobs, cronJob("slow", spec));
    await clock.turn(minuteMs);
    const first = jobs().map(({ metadata }) => metadata.uid);
    await clock.turn(minuteMs);
    expect(jobs()).toHaveLength(active);
    const kept = jobs().some(({ metadata }) => first.includes(metadata.uid));
    expect(kept).toBe(policy !== "Replace");
  });

  it("have jobs that go, with their pods, so long after their end as these say", async () => {
    const template = { spec: { restartPolicy: "Never", containers: [container] } };
    const jobTemplate = { spec: { template, ttlSecondsAfterFinished: 40 } };
    await apply(cronJobs, cronJob("brief", { schedule: "0 * * * *", jobTemplate }));
    while (jobs().every((job) => valueAt(job, "status", "completionTime") === undefined)) await clock.turn(1_000);
    await clock.turn(38_000);
    expect(jobs()).toHaveLength(1);
    await clock.turn(3_000);
    expect(jobs()).toEqual([]);
    expect(store().list("pods", "default")).toEqual([]);
  });

  it("refuse a schedule that is none", async () => {
    const answer = await cluster.request("POST", cronJobs, { body: cronJob("odd", { schedule: "61 * * * *" }) });
    expect(answer).toMatchObject({ code: 422 });
    expect(answer.text).toContain("61 is no minute");
  });
});

describe("nodes", () => {
  it("that are cordoned or tainted get no new pods, and kubectl drains one while a budget lets it", async () => {
    await apply(deployments, deployment("web", 8));
    await apply("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: 8, selector: { matchLabels: { app: "web" } } },
    });
    expect(podsOf("web").filter((pod) => nodeOf(pod) === "small-1")).toHaveLength(2);
    const first = podsOf("web")[0]?.metadata.name ?? "";
    const refused = await cluster.request("POST", `/api/v1/namespaces/default/pods/${first}/eviction`, {
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: first } },
    });
    expect(refused).toMatchObject({ code: 429, body: { reason: "TooManyRequests" } });
    expect(refused.text).toContain("The disruption budget web needs 8 healthy pods and has 8 currently");
    expect(podsOf("web").filter((pod) => nodeOf(pod) === "small-1")).toHaveLength(2);
    await cluster.kubectl(["patch", "pdb", "web", "--type=merge", "-p", '{"spec":{"minAvailable":6}}']);
    const drained = await cluster.kubectl(["drain", "small-1"]);
    expect(drained, drained.stderr).toMatchObject({ code: 0 });
    await clock.turn(0);
    expect(podsOf("web").map(nodeOf)).not.toContain("small-1");
    expect(podsOf("web").filter(isReady)).toHaveLength(8);
    expect(valueAt(store().get({ resource: "nodes", name: "small-1" }), "spec", "taints")).toEqual([
      { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
    ]);
    await cluster.kubectl(["uncordon", "small-1"]);
    await cluster.kubectl(["delete", "deployment,pdb", "web"]);
  });

  it("that fall silent lose their pods, those that come back take pods again, and a deleted one takes its pods along", async () => {
    const toleration = { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" };
    await apply(deployments, deployment("api", 4));
    await apply(deployments, deployment("slow", 4, { tolerations: [{ ...toleration, tolerationSeconds: 30 }] }));
    await apply(deployments, deployment("stay", 4, { tolerations: [toleration] }));
    const on = (app: string, node: string) => podsOf(app).filter((pod) => nodeOf(pod) === node);
    expect(["api", "slow", "stay"].map((app) => on(app, "small-2").length)).toEqual([1, 1, 1]);
    setReady("small-2", "Unknown");
    await clock.turn(1_000);
    expect(["api", "slow", "stay"].map((app) => on(app, "small-2").length)).toEqual([0, 1, 1]);
    expect(podsOf("api").filter(isReady)).toHaveLength(4);
    expect(on("stay", "small-2").filter(isReady)).toEqual([]);
    await clock.turn(30_000);
    expect(on("slow", "small-2")).toEqual([]);
    setReady("small-2", "True");
    await clock.turn(1_000);
    expect(on("stay", "small-2").filter(isReady)).toHaveLength(1);
    expect(valueAt(store().get({ resource: "nodes", name: "small-2" }), "spec", "taints")).toBeUndefined();
    await cluster.request("DELETE", "/api/v1/nodes/small-2");
    await clock.turn(1_000);
    expect([...podsOf("stay"), ...podsOf("api")].map(nodeOf)).not.toContain("small-2");
    expect(podsOf("stay").filter(isReady)).toHaveLength(4);
  });

  it("that are full leave pods waiting, which say why, until there is room", async () => {
    const full = store().get({ resource: "nodes", name: "small-3" });
    if (!full) throw new Error("no node");
    const status = { ...(full["status"] as JsonObject), allocatable: { pods: "0" } };
    store().update("nodes", { ...full, status, metadata: { ...full.metadata, labels: { pool: "full" } } });
    await apply(deployments, deployment("big", 1, { nodeSelector: { pool: "full" } }));
    expect(valueAt(podsOf("big")[0], "status", "conditions")).toMatchObject([
      {
        reason: "Unschedulable",
        message: "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't match Pod's node affinity/selector",
      },
    ]);
    const now = store().get({ resource: "nodes", name: "small-3" });
    if (now) store().update("nodes", { ...now, status: { ...status, allocatable: { pods: "110" } } });
    await clock.turn(0);
    expect(podsOf("big").filter(isReady)).toHaveLength(1);
  });
});

function setReady(name: string, status: string): void {
  const node = store().get({ resource: "nodes", name });
  if (!node) throw new Error(`no node ${name}`);
  const conditions = objectsOf(valueAt(node, "status", "conditions")).map((each) =>
    each["type"] === "Ready" ? { ...each, status } : each,
  );
  store().update("nodes", { ...node, status: { ...(node["status"] as JsonObject), conditions } });
}

describe("a life from a scenario", () => {
  const life = {
    crashes: { perMinute: 20, atMost: 3, restarts: { from: 1, to: 3 } },
    evictions: { perMinute: 6 },
    rollouts: { perMinute: 1 },
    nodes: { perMinute: 2, downSeconds: { from: 20, to: 40 }, replace: true },
  };

  /** Five minutes of a cluster's life: what happened, counted. */
  async function live(seed: number): Promise<{ story: readonly string[]; counts: Readonly<Record<string, number>> }> {
    const time = new TurnedClock(Date.parse("2026-03-02T10:00:00Z"));
    let suffixes = 0;
    const lived = await startTestCluster({
      scenario: {
        ...smallScenario,
        nodes,
        manifests: [1, 2, 3].flatMap((each) => [
          { ...deployment(`app-${each}`, 4), metadata: { name: `app-${each}`, namespace: "default" } },
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: `app-${each}`, namespace: "default" },
            spec: { selector: { app: `app-${each}` }, ports: [{ port: 80 }] },
          },
        ]) as never,
        life,
      },
      seed,
      now: time.now,
      later: time.later,
      randomSuffix: () => `s${(suffixes += 1)}`,
    });
    const story: string[] = [];
    const counts = { crashed: 0, gone: 0, nodesGone: 0, mostWaiting: 0, restarts: 0 };
    const watched = lived.cluster.store;
    const waiting = (pod: KubeObject) =>
      objectsOf(valueAt(pod, "status", "containerStatuses")).some(
        (each) => valueAt(each, "state", "waiting", "reason") === "CrashLoopBackOff",
      );
    watched.subscribe("pods", ({ type, object, previous }) => {
      if (type === "DELETED") counts.gone += 1;
      if (type === "MODIFIED" && waiting(object) && !(previous && waiting(previous))) counts.crashed += 1;
      story.push(`${type} ${object.metadata.name}`);
      const first = objectsOf(valueAt(object, "status", "containerStatuses"))[0];
      counts.restarts = Math.max(counts.restarts, numberOf(first?.["restartCount"], 0));
      counts.mostWaiting = Math.max(counts.mostWaiting, watched.list("pods").filter(waiting).length);
      const addresses = new Set(
        watched
          .list("pods")
          .filter((pod) => isReady(pod))
          .map(address),
      );
      story.push(`${addresses.size}`);
    });
    watched.subscribe("nodes", ({ type }) => {
      if (type === "DELETED") counts.nodesGone += 1;
    });
    await time.turn(5 * minuteMs);
    const slices = watched.list("endpointslices.discovery.k8s.io", "default");
    const serving = slices.flatMap((slice) =>
      objectsOf(slice["endpoints"])
        .filter((endpoint) => valueAt(endpoint, "conditions", "ready") === true)
        .flatMap(({ addresses }) => addresses as readonly string[]),
    );
    expect(serving.toSorted()).toEqual(watched.list("pods").filter(isReady).map(address).toSorted());
    expect(watched.list("nodes")).toHaveLength(nodes.length);
    await lived.destroy();
    return { story, counts };
  }
  const address = (pod: KubeObject): string => stringOf(valueAt(pod, "status", "podIP"));

  it("crashes, evicts, rolls out and loses nodes within its bounds, and the same seed tells the same story", async () => {
    const [first, again] = [await live(7), await live(7)];
    expect(first.counts.crashed).toBeGreaterThan(10);
    expect(first.counts.mostWaiting).toBeLessThanOrEqual(life.crashes.atMost);
    expect(first.counts.restarts).toBeGreaterThan(0);
    expect(first.counts.gone).toBeGreaterThan(10);
    expect(first.counts.nodesGone).toBeGreaterThan(0);
    expect(again.story).toEqual(first.story);
  });
});
