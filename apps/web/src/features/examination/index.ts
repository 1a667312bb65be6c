export { ClusterExamination } from "./components/cluster-examination";
export { MissingNotice } from "./components/missing-notice";
export { useExamination } from "./components/use-examination";
export { wanting } from "./model/finding";
