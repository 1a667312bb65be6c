export { FlowsPage } from "./components/flows-page";
export { FlowDetailPage } from "./components/flow-detail-page";
export { policyName } from "./model/policy-name";
export { FlowsOverTime } from "./components/flows-over-time";
export { hiddenEnd, hiddenKind } from "./model/end";
export { FilterInput } from "./components/filter-input";
