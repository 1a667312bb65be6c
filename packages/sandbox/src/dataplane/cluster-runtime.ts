import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@isthmus/std";
import { ensureGoldmaneCredentials } from "../goldmane/credentials";
import { createFelixReporter } from "../goldmane/felix-reporter";
import { Goldmane } from "../goldmane/goldmane";
import { countRestart, watchGoldmanePod } from "../goldmane/incarnation";
import { serveGoldmane } from "../goldmane/service";
import { BUCKET_COUNT, type FlowTiming } from "../goldmane/timing";
import type { SandboxCluster } from "../scenario-types";
import type { NetworkCluster } from "../traffic/network";
import { createClusterDataplane, type NotProgrammed } from "./cluster-dataplane";
import { createOutgoingAddresses } from "./outgoing-address";
import { nextPhase, type Scheduled } from "./schedule";

/** One cluster's dataplane with its Felix reports and its Goldmane, running. */
export interface ClusterRuntime {
  readonly network: NetworkCluster;
  /** `host:port`. */
  readonly goldmaneAddress: string;
  readonly tasks: readonly Scheduled[];
  close(): Promise<void>;
}

/** What a cluster's runtime is made with. */
export interface ClusterRuntimeOptions {
  readonly timing: FlowTiming;
  readonly clock: Clock;
  /** When in a flush interval this cluster's Felixes report, in ms. */
  readonly flushPhaseMs: number;
  readonly onNotProgrammed: (policy: NotProgrammed) => void;
}

/** Starts a cluster's part: serves its Goldmane, whose memory begins empty. */
export async function startCluster(cluster: SandboxCluster, options: ClusterRuntimeOptions): Promise<ClusterRuntime> {
  const { timing, clock } = options;
  await noteStart(cluster, clock.now());
  const dataplane = createClusterDataplane(cluster.store, options.onNotProgrammed);
  const outgoing = createOutgoingAddresses(cluster.store);
  const reporter = createFelixReporter(clock.now());
  const goldmane = new Goldmane({ ...timing, bucketCount: BUCKET_COUNT }, clock.now());
  const tls = await ensureGoldmaneCredentials(cluster.store, clock.now());
  const server = serveGoldmane(goldmane, tls, clock);
  const port = await server.listen(cluster.goldmaneListen);
  const unwatch = watchGoldmanePod(cluster.store, () => goldmane.restart(clock.now()));
  return {
    network: {
      name: cluster.name,
      dataplane,
      observe: (observation, program) => reporter.observe(observation, program),
      leavesWith: (endpoint, destination) => outgoing.leavesWith(endpoint, destination),
    },
    goldmaneAddress: `${cluster.goldmaneListen.host}:${port}`,
    tasks: [
      {
        nextMs: (nowMs) => nextPhase(nowMs, timing.flushMs, options.flushPhaseMs),
        run: (nowMs) => goldmane.receive(reporter.flush(nowMs)),
      },
      { nextMs: () => goldmane.nextRolloverMs, run: (nowMs) => goldmane.advance(nowMs) },
    ],
    close: async () => {
      unwatch();
      goldmane.endStreams();
      outgoing.close();
      dataplane.close();
      await server.close();
    },
  };
}

/** A second start of the same cluster is a restart of its Goldmane's container. */
async function noteStart(cluster: SandboxCluster, nowMs: number): Promise<void> {
  const directory = join(cluster.stateDir, "dataplane");
  const marker = join(directory, "goldmane-started");
  if (existsSync(marker)) return countRestart(cluster.store, nowMs);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(marker, `${new Date(nowMs).toISOString()}\n`, { mode: 0o600 });
}
