import type { Program } from "../dataplane/program";
import { flowOf, type Observation } from "./felix-flow";
import { mergeFlows, type Flow } from "./flow";

/** Gathers what a cluster's Felixes see until the next flush. */
export interface FelixReporter {
  observe(observation: Observation, program: Program): void;
  /** The flows since the last flush; the next interval begins at `nowMs`. */
  flush(nowMs: number): readonly Flow[];
}

/** Makes a reporter whose first interval begins at `startMs`; flows carry the start of their interval. */
export function createFelixReporter(startMs: number): FelixReporter {
  let intervalStart = Math.floor(startMs / 1000);
  let flows = new Map<string, Flow>();
  return {
    observe: (observation, program) => {
      const flow = flowOf(observation, program, intervalStart);
      const known = flows.get(flow.key);
      flows.set(flow.key, known === undefined ? flow : mergeFlows(known, flow));
    },
    flush: (nowMs) => {
      const flushed = [...flows.values()];
      flows = new Map();
      intervalStart = Math.floor(nowMs / 1000);
      return flushed;
    },
  };
}
