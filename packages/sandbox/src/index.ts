export { startDataplane } from "./dataplane";
export { startSandboxCluster, type ClusterOptions, type RunningCluster } from "./cluster";
export type {
  CalicoApi,
  ClusterScenario,
  RunningDataplane,
  SandboxCluster,
  Scenario,
  ScenarioObject,
  StartDataplane,
} from "./scenario-types";
export type { KubeInput, KubeObject, ObjectKey, ObjectStore, StoreEvent, StoreResult } from "./store/types";
