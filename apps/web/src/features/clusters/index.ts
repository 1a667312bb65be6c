export {
  clusterNameProblem,
  clusterPlace,
  labelProblems,
  parseLabels,
  placementLabels,
  type ClusterLabels,
} from "./model/labels";
export { factsOf, reachabilityOf, sessionFacts, statusOf, type Reachability } from "./model/from-record";
export { podRangeOverlaps, type PodRangeOverlap } from "./model/pod-ranges";
export { isReadOnly, type ClusterFacts, type ClusterProblem } from "./model/problems";
export { isCurrent, type ClusterStatus } from "./model/status";
export { ClustersPage } from "./components/clusters-page";
export { ClusterPage } from "./components/cluster-page";
