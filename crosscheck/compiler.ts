export { compileMesh } from "../packages/policy-engine/src/federation/compile";
