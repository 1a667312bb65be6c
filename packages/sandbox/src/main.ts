import { randomInt, randomUUID } from "node:crypto";
import * as http from "node:http";
import * as path from "node:path";
import pino from "pino";
import { startSandboxCluster, type RunningCluster } from "./cluster";
import { ConfigError, readConfig, type SandboxConfig } from "./config";
import { suffixDigits } from "./controllers/runtime";
import { startDataplane } from "./dataplane";
import { demoScenario } from "./demo";
import { tellPods } from "./pod-progress";
import type { RunningDataplane, Scenario } from "./scenario-types";
import { lockState, StateInUseError } from "./state-lock";
import { checkOrigin, StateOriginError } from "./state-origin";

const log = pino({ name: "sandbox" });
const apiHost = "127.0.0.1";
/** Read first of all: a parent that dies while the sandbox starts is one that has died. */
const parentPid = process.ppid;

interface Running {
  readonly clusters: readonly RunningCluster[];
  readonly dataplane: RunningDataplane;
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const unlock = lockState(config.stateDir);
  const scenario = config.scenario ?? demoScenario;
  if (checkOrigin(config.stateDir, config.scenarioSource, scenario) === "changed") {
    const says =
      "the scenario has changed since this folder was made from it: what it says of nodes and objects now is";
    log.warn({ scenario: config.scenarioSource }, `${says} not made; give a new folder to begin anew`);
  }
  const health = { ready: false };
  const control = await startControl(config, health);
  const running = await start(config, scenario);
  health.ready = true;
  const clusters = running.clusters.map(({ cluster: { name }, apiUrl, kubeconfig }) => ({
    name,
    apiUrl,
    kubeconfig,
    goldmaneAddress: running.dataplane.goldmaneAddress(name),
  }));
  let stopTelling = (): void => undefined;
  const stop = once(async () => {
    health.ready = false;
    stopTelling();
    await running.dataplane.close();
    await closeAll(running.clusters);
    control.close();
    control.closeAllConnections();
    unlock();
    process.exit(0);
  });
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (config.exitWithParent) stopWithParent(stop);
  // Whoever reads this may stop it at once.
  log.info({ clusters, podsProxyPort: running.dataplane.podsProxyPort }, "ready");
  stopTelling = tellPods(
    running.clusters.map(({ cluster }) => cluster),
    (count) => log.info(count, "pods"),
  );
}

async function start(config: SandboxConfig, scenario: Scenario): Promise<Running> {
  const clusters: RunningCluster[] = [];
  try {
    for (const [index, cluster] of scenario.clusters.entries()) {
      clusters.push(
        await startSandboxCluster({
          scenario: cluster,
          index,
          seed: scenario.seed,
          stateDir: path.join(config.stateDir, cluster.name),
          host: apiHost,
          port: config.basePort === 0 ? 0 : config.basePort + 2 * index,
          externalImages: config.externalImages,
          now: Date.now,
          newUid: randomUUID,
          randomSuffix: (length) => Array.from({ length }, () => suffixDigits[randomInt(suffixDigits.length)]).join(""),
          onError: (error) => log.error({ err: error, cluster: cluster.name }, "a request or controller failed"),
        }),
      );
    }
    const views = clusters.map(({ cluster }) => cluster);
    return {
      clusters,
      dataplane: await startDataplane(views, { scenario, timing: config.timing, podsListen: config.podsListen }),
    };
  } catch (error) {
    await closeAll(clusters);
    throw error;
  }
}

async function closeAll(clusters: readonly RunningCluster[]): Promise<void> {
  await Promise.all(clusters.map((cluster) => cluster.close()));
}

function startControl({ listen }: SandboxConfig, health: { readonly ready: boolean }): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const known = request.url === "/healthz" || request.url === "/readyz";
    const good = request.url === "/healthz" || health.ready;
    response.writeHead(known ? (good ? 200 : 503) : 404, { "content-type": "text/plain" });
    response.end(known ? (good ? "ok" : "starting") : "not found");
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, () => resolve(server));
  });
}

const parentPollMs = 1_000;

/** A process whose parent has died is handed to another one. */
function stopWithParent(stop: () => void): void {
  setInterval(() => {
    if (process.ppid !== parentPid) stop();
  }, parentPollMs).unref();
}

function once(task: () => Promise<void>): () => void {
  let started = false;
  return () => {
    if (started) return;
    started = true;
    task().catch((error: unknown) => {
      log.error({ err: error }, "the sandbox did not stop cleanly");
      process.exit(1);
    });
  };
}

/** What went wrong, and what to do about it. */
function explained(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof StateInUseError)
    return `${error.message}: stop it, or give another folder in ISTHMUS_SANDBOX_STATE`;
  if (error instanceof StateOriginError)
    return `${error.message}: give that scenario in ISTHMUS_SANDBOX_SCENARIO, or another folder in ISTHMUS_SANDBOX_STATE`;
  if (!(error instanceof Error)) return `the sandbox could not start: ${String(error)}`;
  const taken = "code" in error && error.code === "EADDRINUSE";
  const cure = "stop what listens there, or set ISTHMUS_SANDBOX_BASE_PORT and ISTHMUS_SANDBOX_LISTEN to free ports";
  return `the sandbox could not start: ${error.message}${taken ? `: ${cure}` : ""}`;
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, explained(error));
  process.exit(1);
});
