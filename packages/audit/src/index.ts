/** The audit log as a chain: how an entry is hashed, how a chain is verified, and how it is exported. */
export {
  CHAIN_START,
  entryHash,
  storableDetail,
  storableText,
  type AuditEntry,
  type EntryActor,
  type EntryContent,
  type EntryPlace,
  type EntryTarget,
} from "./entry";
export { chainProblemText, type ChainProblem } from "./problem";
export {
  createChainVerifier,
  PROBLEMS_SHOWN,
  type ChainExpectation,
  type ChainHead,
  type ChainReport,
  type ChainVerifier,
} from "./verify";
export { entryLine, headerLine, readEntry, readHeader, type ExportHeader } from "./export";
