import type { ObjectStore } from "../store/types";
import type { Caller, Serve, ServeResult } from "./caller";
import type { FailureLog } from "./failures";
import type { Place } from "./network";
import { runtimeOf, type PodRuntime } from "./pod-runtime";
import type { CallSize, Converse, ProgramContext } from "./program";
import { programOf } from "./programs";
import { between, type Random } from "./random";

/** What the programs of one cluster's pods run with. */
export interface ClusterWorkloads {
  readonly store: ObjectStore;
  readonly failures: FailureLog;
}

/** What programs share. */
export interface WorkloadParts {
  readonly clusterOf: (name: string) => ClusterWorkloads;
  readonly caller: () => Caller;
  readonly random: Random;
  readonly now: () => number;
}

/** Runs the programs of pods. */
export interface Workloads {
  readonly serve: Serve;
  /** One visit of a load generator's user. */
  visit(place: Place): Promise<void>;
  runtimeAt(place: Place): PodRuntime | undefined;
  /** What the program at a pod's port says to a line from `peer`; undefined where nobody listens or it says nothing. */
  converse(place: Place, port: number): Converse | undefined;
}

/** Makes the runner of all clusters' programs. */
export function createWorkloads(parts: WorkloadParts): Workloads {
  const runtimeAt = ({ cluster, endpoint }: Place): PodRuntime | undefined => {
    const { namespace, name } = endpoint;
    const pod = parts.clusterOf(cluster.name).store.get({ resource: "pods", namespace, name });
    return pod && runtimeOf(pod);
  };
  const contextAt = (place: Place, runtime: PodRuntime): ProgramContext => ({
    random: parts.random,
    env: (name) => runtime.env.get(name) ?? "",
    call: async (variable, operation, size = defaultSize(parts.random)) => {
      const callee = runtime.env.get(variable);
      if (callee === undefined) return true;
      const result = await parts.caller().call(place, { callee, operation, transfer: size });
      if (result.ok) return true;
      parts.clusterOf(place.cluster.name).failures.record({ caller: place.endpoint, ...result.failure }, parts.now());
      return false;
    },
  });
  return {
    runtimeAt,
    serve: async (place, { port, operation }): Promise<ServeResult> => {
      const runtime = runtimeAt(place);
      if (runtime === undefined || !runtime.ports.has(port)) return "refused";
      return programOf(runtime.image).serve(operation, contextAt(place, runtime));
    },
    converse: (place, port) => {
      const runtime = runtimeAt(place);
      return runtime?.ports.has(port) === true ? programOf(runtime.image).converse : undefined;
    },
    visit: async (place) => {
      const runtime = runtimeAt(place);
      if (runtime !== undefined) await programOf(runtime.image).visit?.(contextAt(place, runtime));
    },
  };
}

function defaultSize(random: Random): CallSize {
  return { requestBytes: between(90, 700, random), responseBytes: between(200, 3_600, random) };
}
