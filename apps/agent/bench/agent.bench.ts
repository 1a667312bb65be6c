import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { below, type BenchRow } from "@isthmus/bench-rows";
import { CORE_KINDS, textAt } from "@isthmus/k8s";
import { benchBundle } from "../test/support/bundles";
import { startChild, type RunningChild } from "../test/support/child";
import { agentToken, install } from "../test/support/install";
import { LinkGateway } from "../test/support/link-gateway";
import { health, manifestFor, placeReplica, type ReplicaPlace } from "../test/support/replica";
import { startSandbox, type RunningSandbox } from "../test/support/sandbox";
import { waitFor } from "../test/support/wait-for";

const root = join(import.meta.dirname, "../../..");
const CLUSTER = { namespaces: 50, deployments: 500, pods: 5_000, replicas: "1..40", policies: 200 };
/** A restatement waits for minutes; here it begins while the figures are taken. */
const RECONCILE_AFTER = "30s";
/** By then buckets are streamed and compared at the pace at which they come. */
const WARM_UP_MS = 75_000;
const MEASURED_MS = 75_000;
const IDLE_MS = 15_000;
const START_MS = 180_000;
const MEGABYTE = 1_000_000;

interface Cost {
  readonly cores: number;
  readonly settledMegabytes: number;
  readonly mostMegabytes: number;
  readonly longestHoldMs: number;
}

interface Asked {
  readonly limit: number;
  readonly what: string;
  readonly figure: keyof Cost;
  readonly unit: string;
}

/** Stands for the feed in the cluster: its memory begins when the bench does. */
const goldmanePod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "goldmane", namespace: "calico-system", labels: { "k8s-app": "goldmane" } },
  spec: { containers: [{ name: "goldmane", image: "goldmane" }] },
};

/** A real agent on a cluster of 5,000 pods with 2,000 flows a second, beside the same agent without a Goldmane. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-agent-bench-"));
  const sandbox = await startSandbox({ seed: 1, clusters: [{ name: "bench", generate: CLUSTER }] }, "flush=15s");
  const gateway = new LinkGateway();
  const feed = await startFeed(sandbox, folder);
  try {
    await waitFor("all pods to run", () => sandbox.child.lines.some(allRun), START_MS);
    const objects = manifestFor(sandbox, gateway, await gateway.listen());
    await install(sandbox.api, [goldmanePod, ...objects]);
    const token = await agentToken(sandbox.api);
    const place = await placeReplica("agent-1", { objects, sandbox, gateway, token, nodeFlags: shippedFlags() });
    const idle = await costOf(place, gateway, ["--goldmane="]);
    const goldmane = [`--goldmane=127.0.0.1:${feed.port}`, `--goldmane-reconcile-after=${RECONCILE_AFTER}`];
    const busy = await costOf(place, gateway, goldmane);
    place.remove();
    return rows(idle, busy);
  } finally {
    await feed.child.kill("SIGTERM");
    await gateway.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Those of the image's entry point. */
function shippedFlags(): readonly string[] {
  const image = readFileSync(join(root, "deploy/docker/agent.Dockerfile"), "utf8");
  const entry = /^ENTRYPOINT (?<list>\[.*\])$/mu.exec(image)?.groups?.["list"];
  const words = JSON.parse(entry ?? "[]") as readonly string[];
  return words.filter((word) => word.startsWith("--"));
}

const allRun = (line: Readonly<Record<string, unknown>>): boolean =>
  line["msg"] === "pods" && Number(line["running"]) >= Number(line["wanted"]);

function rows(idle: Cost, busy: Cost): readonly BenchRow[] {
  const name = "agent on 5,000 pods with 2,000 flows a second";
  const asked: readonly Asked[] = [
    { limit: 260, what: "resident memory after it settled", figure: "settledMegabytes", unit: "MB" },
    { limit: 260, what: "resident memory at most", figure: "mostMegabytes", unit: "MB" },
    { limit: 0.3, what: `processor time over ${MEASURED_MS / 1_000} s`, figure: "cores", unit: "cores" },
    { limit: 50, what: "longest hold of the event loop", figure: "longestHoldMs", unit: "ms" },
  ];
  return asked.map(({ limit, what, figure, unit }) =>
    below(limit, `${name}: ${what}, against the same without flows`, {
      value: busy[figure],
      baseline: idle[figure],
      unit,
    }),
  );
}

async function startFeed(sandbox: RunningSandbox, folder: string) {
  const { api } = sandbox;
  const pair = await api.get(CORE_KINDS.secrets, { namespace: "calico-system", name: "goldmane-key-pair" });
  const bundle = await api.get(CORE_KINDS.configMaps, { namespace: "calico-system", name: "goldmane-ca-bundle" });
  if (!pair.ok || !bundle.ok) throw new Error("the sandbox has no pair for Goldmane");
  const text = (field: string): string => Buffer.from(textAt(pair.value, "data", field), "base64").toString();
  const tls = { ca: textAt(bundle.value, "data", "tigera-ca-bundle.crt"), cert: text("tls.crt"), key: text("tls.key") };
  const file = join(folder, "tls.json");
  writeFileSync(file, JSON.stringify({ tls }), { mode: 0o600 });
  const child = startChild({ file: await benchBundle("goldmane-feed"), args: [file] });
  const line = await waitFor("the feed", () => child.lines.find((each) => each["msg"] === "listening"));
  return { child, port: Number(line["port"]) };
}

async function costOf(place: ReplicaPlace, gateway: LinkGateway, extra: readonly string[]): Promise<Cost> {
  const syncs = gateway.syncs;
  const agent = place.start(extra);
  try {
    await waitFor("the first sync", () => gateway.syncs > syncs, START_MS);
    const isIdle = extra.includes("--goldmane=");
    await sleep(isIdle ? IDLE_MS : WARM_UP_MS);
    if (!isIdle) await forgetHolds(agent);
    const [before, beganAt] = [cpuSeconds(agent), performance.now()];
    await sleep(isIdle ? IDLE_MS : MEASURED_MS);
    const cores = (cpuSeconds(agent) - before) / ((performance.now() - beganAt) / 1_000);
    const { text } = await health(agent, "/metrics");
    if (!isIdle) checkWork(text, gateway);
    return {
      cores,
      settledMegabytes: statusOf(agent, "VmRSS"),
      mostMegabytes: statusOf(agent, "VmHWM"),
      longestHoldMs: metric(text, "event_loop_longest_hold_seconds") * 1_000,
    };
  } finally {
    await agent.kill("SIGTERM");
  }
}

/** The metric begins anew each time that it is read. */
const forgetHolds = (agent: RunningChild): Promise<unknown> => health(agent, "/metrics");

/** A figure counts only if the work was done. */
function checkWork(metrics: string, gateway: LinkGateway): void {
  const compared = metric(metrics, "buckets_reconciled_total");
  const restated = gateway.restatements.reduce((sum, { keyHash }) => sum + keyHash.length, 0);
  const streamed = metric(metrics, "flows_streamed_total");
  const expected = ((WARM_UP_MS + MEASURED_MS) / 1_000) * 2_000;
  if (streamed < 0.75 * expected) throw new Error(`${streamed} flows were streamed, of ${expected}`);
  if (compared < 4) throw new Error(`${compared} buckets were compared`);
  // The newest may still be on its way.
  const missing = metric(metrics, "flows_restated_total") - restated;
  if (restated === 0 || missing < 0 || missing > 100) throw new Error(`${restated} flows came restated`);
}

function metric(text: string, name: string): number {
  const value = new RegExp(`^isthmus_agent_${name} (\\S+)$`, "mu").exec(text)?.[1];
  if (value === undefined) throw new Error(`the agent has no metric ${name}`);
  return Number(value);
}

const TICKS_A_SECOND = 100;

function cpuSeconds({ process: { pid } }: RunningChild): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function statusOf({ process: { pid } }: RunningChild, field: string): number {
  const line = new RegExp(`${field}:\\s+(\\d+)`, "u").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(line?.[1]) * 1_024) / MEGABYTE;
}
