export { ClusterPage } from "./components/cluster-page";
export { ClustersPage } from "./components/clusters-page";
export { factsOf, reachabilityOf, type Reachability } from "./model/from-record";
export { podRangeOverlaps } from "./model/pod-ranges";
export { isReadOnly } from "./model/problems";
export { EnrolmentPage } from "./components/enrolment-page";
