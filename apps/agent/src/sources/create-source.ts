import type { KubernetesApi } from "@isthmus/k8s";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { AgentArguments } from "../arguments";
import type { EvidenceSource } from "./evidence-source";
import { findIncarnation, type WatchedGoldmane } from "./goldmane/find-incarnation";
import type { WorkloadOf } from "./goldmane/flow-reader";
import { goldmaneTls } from "./goldmane/goldmane-access";
import { goldmaneSource } from "./goldmane/goldmane-source";

/** What a source is made of. */
export interface SourceParts {
  readonly arguments: AgentArguments;
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What the inventory knows that a source needs. */
export interface SourceKnowledge {
  readonly goldmane: Pick<WatchedGoldmane, "incarnation">;
  readonly workloadOf: WorkloadOf;
}

/** The source of flows that the arguments name; undefined where they name none. */
export function createSource(parts: SourceParts, knowledge: SourceKnowledge): EvidenceSource | undefined {
  const { arguments: given, api, clock, random, log } = parts;
  if (given.goldmane === "") return undefined;
  return goldmaneSource({
    address: given.goldmane,
    serverName: given.goldmaneServerName,
    reconcileAfterSeconds: given.goldmaneReconcileAfterMs / 1_000,
    tls: () => goldmaneTls(api, given),
    findIncarnation: () => findIncarnation(api),
    watchedIncarnation: () => knowledge.goldmane.incarnation,
    workloadOf: knowledge.workloadOf,
    clock,
    random,
    log,
  });
}
