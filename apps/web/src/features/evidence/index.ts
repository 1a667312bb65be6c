export { EvidenceStrip } from "./components/evidence-strip";
