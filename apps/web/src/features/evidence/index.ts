export { EvidenceNote } from "./components/evidence-note";
export { EvidenceStrip } from "./components/evidence-strip";
export { useEvidence } from "./components/use-evidence";
