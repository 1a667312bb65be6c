import { invariant } from "@isthmus/std";
import type { Prisma } from "./generated/client";
import type { Topic } from "./domain";
import type { Reach } from "./reach";

/** An open transaction that sees the rows of one organisation and no others; repositories take one. */
export interface OrganisationTransaction {
  readonly kind: "organisation";
  readonly organisationId: string;
  /** What repositories that read show of it; absent: everything. */
  readonly reach?: Reach;
}

/** An open transaction outside every organisation: it sees only the global tables (signing keys). */
export interface GlobalTransaction {
  readonly kind: "global";
}

/** Either kind of transaction. */
export type Transaction = OrganisationTransaction | GlobalTransaction;

// Prisma's client stays out of the types that leave this package: a handle carries it under a symbol of ours. The symbol
// is registered, since Next bundles this package several times into one process and each copy meets the others' handles.
const clientKey = Symbol.for("isthmus.db.transaction-client");
interface Carrier {
  readonly [clientKey]?: Prisma.TransactionClient;
}

// By the client, so that every handle of a transaction adds to the same; of the process, as the symbol is.
type LastWork = () => Promise<void>;
const lastKey = Symbol.for("isthmus.db.transaction-last");
const host: typeof globalThis & { [lastKey]?: WeakMap<Prisma.TransactionClient, LastWork[]> } = globalThis;
const last = (host[lastKey] ??= new WeakMap());

/** Opens a handle for a Prisma transaction; only the client of this package makes one. */
export function handleFor<T extends Transaction>(handle: T, client: Prisma.TransactionClient): T {
  return Object.defineProperty(handle, clientKey, { value: client });
}

/** The Prisma client of a transaction, for repositories of this package only. */
export function prismaOf(tx: Transaction): Prisma.TransactionClient {
  const client = (tx as Carrier)[clientKey];
  invariant(client, "a transaction was used that this package did not open");
  return client;
}

/** Has `work` done as the last thing of a transaction: nothing of it runs where the transaction fails before. */
export function doLast(tx: OrganisationTransaction, work: LastWork): void {
  const client = prismaOf(tx);
  last.set(client, [...(last.get(client) ?? []), work]);
}

/** Does what waits for the end of a transaction; only the client of this package calls it. */
export async function doWhatIsLast(tx: OrganisationTransaction): Promise<void> {
  for (const work of last.get(prismaOf(tx)) ?? []) await work();
}

/**
 * The same transaction without its reach: for checks whose answer tells nothing of what was read (a name in use), and for
 * changes that must see all of what they change.
 */
export function wholeOf(tx: OrganisationTransaction): OrganisationTransaction {
  return handleFor({ kind: "organisation", organisationId: tx.organisationId }, prismaOf(tx));
}

/** Announces a change of the transaction's organisation when it commits; nothing is announced if it does not. */
export async function publish(
  tx: OrganisationTransaction,
  ...changes: readonly { readonly topic: Topic; readonly id: string }[]
): Promise<void> {
  if (changes.length === 0) return;
  const payloads = changes.map((change) => JSON.stringify({ organisation: tx.organisationId, ...change }));
  await prismaOf(tx).$executeRaw`select pg_notify('isthmus', payload) from unnest(${payloads}::text[]) as payload`;
}

/** Takes the named lock of this organisation until the transaction ends; false where somebody else holds it. */
export async function tryLock(tx: OrganisationTransaction, name: string): Promise<boolean> {
  const key = `${tx.organisationId}/${name}`;
  const rows = await prismaOf(tx).$queryRaw<{ locked: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as locked`;
  return rows[0]?.locked === true;
}

/** Takes the named lock of this organisation until the transaction ends, waiting for whoever holds it. */
export async function lock(tx: OrganisationTransaction, name: string): Promise<void> {
  const key = `${tx.organisationId}/${name}`;
  await prismaOf(tx).$executeRaw`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`;
}
