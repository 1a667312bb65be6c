export { dumpDatabase, sha256OfFile } from "./dump";
export { findMigrationsOf, loadDatabase, RestoreError, type LoadOptions } from "./load";
export type { DatabaseDump, TableDump } from "./tables";
