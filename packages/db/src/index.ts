export {
  createDatabase,
  type Database,
  type OrganisationClient,
  type PoolUse,
  type TransactionOptions,
} from "./client";
export {
  installationId,
  topics,
  type BootstrapOwner,
  type FoundApiToken,
  type FoundCredential,
  type FoundGrant,
  type FoundInvitation,
  type FoundMembership,
  type FoundPerson,
  type FoundSignInSession,
  type LiveCredential,
  type NewMember,
  type Notification,
  type OrganisationForJobs,
  type OrganisationKind,
  type Topic,
} from "./domain";
export { DatabaseError, type DatabaseErrorCode } from "./errors";
export { addMember, beginAccountAnew, type Lookups } from "./lookups";
export { listen, type Listener, type ListenerEvents } from "./notifications";
export type { InventoryPart, Reach, ReachBox, ReachLimit, ReachPlaces } from "./reach";
export type {
  FoundIdentityProvider,
  JoinRule,
  OfferedProvider,
  PersonMembership,
  PersonSession,
} from "./sign-in-lookups";
export { globalTables } from "./global-tables";
export {
  lock,
  publish,
  tryLock,
  wholeOf,
  type GlobalTransaction,
  type OrganisationTransaction,
  type Transaction,
} from "./transaction";
export * from "./repositories";
