import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiClient } from "../../apps/standalone/src/demo/api-client";
import { readManifest, startAgent } from "./agent";
import { root, type Demo } from "./demo";
import { kubectlWith } from "./kubectl";

/** A cluster beside the demo's three, with an agent that the test runs. */
export interface ExtraCluster {
  readonly id: string;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

interface Ready {
  readonly kubeconfig: string;
  readonly goldmaneAddress: string;
}

const LABELS = { app: "twin" };
const POD = { containers: [{ name: "twin", image: "isthmus.example/twin:1" }] };
const MANIFESTS = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "twins" } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "twin", namespace: "twins", labels: LABELS },
    spec: { replicas: 1, selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec: POD } },
  },
];

/** Starts a second sandbox process with one cluster of the given pod range, and connects that cluster. */
export async function startExtraCluster(
  demo: Demo,
  api: ApiClient,
  { name, podCidr }: { readonly name: string; readonly podCidr: string },
): Promise<ExtraCluster> {
  const state = join(demo.home, "extra-sandbox");
  mkdirSync(state, { mode: 0o700 });
  const scenario = join(demo.home, "extra-scenario.json");
  const cluster = {
    name,
    podCidr,
    serviceCidr: "10.140.0.0/16",
    nodes: [`${name}-1`],
    labels: {},
    manifests: MANIFESTS,
  };
  writeFileSync(scenario, JSON.stringify({ seed: 1, clusters: [cluster] }));
  const { ready, stop: stopSandbox } = await startSandbox({ state, scenario });
  const made = await api.mutate<{ readonly clusterId: string; readonly manifest: string }>("clusters.connect", {
    name,
    labels: {},
    options: { image: "isthmus/agent:local", goldmaneAddress: ready.goldmaneAddress },
  });
  await kubectlWith(demo, ready.kubeconfig, { args: ["apply", "-f", "-"], stdin: made.manifest });
  const agent = startAgent({ kubeconfig: ready.kubeconfig, ...readManifest(made.manifest) });
  const stop = async () => {
    await agent.stop();
    await stopSandbox();
    rmSync(state, { recursive: true, force: true });
  };
  return { id: made.clusterId, kubeconfig: ready.kubeconfig, stop };
}

async function startSandbox({ state, scenario }: { readonly state: string; readonly scenario: string }) {
  const child = spawn(process.execPath, [join(root, "packages/sandbox/dist/main.js")], {
    env: {
      ...process.env,
      ISTHMUS_SANDBOX_STATE: state,
      ISTHMUS_SANDBOX_SCENARIO: scenario,
      ISTHMUS_SANDBOX_EXTERNAL_IMAGES: "isthmus/agent:local",
      ISTHMUS_SANDBOX_TIME: "flush=2s,lag=1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const ready = await new Promise<Ready>((done, fail) => {
    let output = "";
    void exited.then(() => fail(new Error(`the sandbox ended before it was ready:\n${output}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const line = output.split("\n").find((each) => each.includes('"msg":"ready"'));
      const [first] = line === undefined ? [] : (JSON.parse(line) as { clusters: readonly Ready[] }).clusters;
      if (first !== undefined) done(first);
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  return { ready, stop };
}
