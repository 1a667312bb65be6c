/** One contract for every Kubernetes API server that the agent and its operators meet. */
export { type Clause, type Need } from "./clause";
export { allClauses } from "./clauses/index";
export type { GoldmaneAccess } from "./goldmane-under-test";
export { reportJson, reportText, resultText } from "./report";
export {
  runConformance,
  type ClauseResult,
  type ConformanceOptions,
  type ConformanceReport,
  type Verdict,
} from "./run";
export { RUN_LABEL } from "./workspace";
