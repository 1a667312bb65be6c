import pino from "pino";
import { startMeshEndpoints } from "../demo/mesh-endpoints";
import { demoInternet } from "../demo/internet";
import { parseFlowTiming, type FlowTiming } from "../goldmane/timing";
import type { RunningDataplane, SandboxCluster, StartDataplane } from "../scenario-types";
import { createTraffic, type Traffic } from "../traffic/engine";
import { DEMO_LOAD } from "../traffic/load";
import { createNetwork } from "../traffic/network";
import { seededRandom } from "../traffic/random";
import { serveSocks, type SocksEntrance } from "../traffic/socks-entrance";
import { startCluster, type ClusterRuntime } from "./cluster-runtime";
import { runScheduled, type Scheduled } from "./schedule";
import { systemClock } from "./system-clock";

const TRAFFIC_STEP_MS = 200;
/** Felixes of different clusters do not report in step. */
const PHASE_FRACTIONS = [0.2, 0.47, 0.73];

const log = pino({ name: "dataplane" });

/**
 * Starts the policy dataplane, Goldmane and traffic of all clusters. Throws where `timing` cannot be read or a port is
 * taken; then nothing is left running.
 */
export const startDataplane: StartDataplane = async (clusters, { scenario, timing: timingText, podsListen }) => {
  const timing = readTiming(timingText);
  const runtimes: ClusterRuntime[] = [];
  try {
    for (const [index, cluster] of clusters.entries()) runtimes.push(await startOne(cluster, index, timing));
  } catch (error) {
    await Promise.all(runtimes.map((runtime) => runtime.close()));
    throw error;
  }
  const traffic = createTraffic({
    clusters: clusters.map((cluster, index) => ({ store: cluster.store, network: at(runtimes, index).network })),
    network: createNetwork(runtimes.map((runtime) => runtime.network)),
    internet: demoInternet,
    load: DEMO_LOAD,
    random: seededRandom(scenario.seed),
    clock: systemClock,
    onError: (error) => log.error({ err: error }, "a simulated request ended in an error"),
  });
  const stopMeshEndpoints = startMeshEndpoints(clusters);
  const names = clusters.map(({ name }) => name);
  const entrance = podsListen && (await serveSocks(podsListen, (from, to) => traffic.open(from, to)));
  return run({ runtimes, traffic, names, stopMeshEndpoints, entrance });
};

function readTiming(text: string): FlowTiming {
  const timing = parseFlowTiming(text);
  if (!timing.ok) throw new Error(`ISTHMUS_SANDBOX_TIME: ${timing.error}`);
  return timing.value;
}

function startOne(cluster: SandboxCluster, index: number, timing: FlowTiming): Promise<ClusterRuntime> {
  return startCluster(cluster, {
    timing,
    clock: systemClock,
    flushPhaseMs: Math.round(timing.flushMs * at(PHASE_FRACTIONS, index % PHASE_FRACTIONS.length)),
    onNotProgrammed: (policy) => log.warn({ cluster: cluster.name, ...policy }, "policy not programmed"),
  });
}

interface Running {
  readonly runtimes: readonly ClusterRuntime[];
  readonly names: readonly string[];
  readonly traffic: Traffic;
  readonly stopMeshEndpoints: () => void;
  readonly entrance: SocksEntrance | undefined;
}

function run({ runtimes, names, traffic, stopMeshEndpoints, entrance }: Running): RunningDataplane {
  const abort = new AbortController();
  const arrive: Scheduled = {
    nextMs: (nowMs) => nowMs + TRAFFIC_STEP_MS,
    run: () => traffic.step(TRAFFIC_STEP_MS),
  };
  const tasks = [arrive, ...runtimes.flatMap((runtime) => runtime.tasks)];
  const loops = tasks.map((task) => runScheduled(task, systemClock, abort.signal));
  return {
    podsProxyPort: entrance?.port,
    goldmaneAddress: (cluster) => at(runtimes, names.indexOf(cluster)).goldmaneAddress,
    close: async () => {
      abort.abort();
      stopMeshEndpoints();
      entrance?.close();
      traffic.close();
      await Promise.all([...loops, traffic.idle()]);
      await Promise.all(runtimes.map((runtime) => runtime.close()));
    },
  };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}
