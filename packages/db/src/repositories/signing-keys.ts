import { prismaOf, type GlobalTransaction, type Transaction } from "../transaction";

/** A key by which agents know the management plane. */
export interface SigningKeyRecord {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly state: "current" | "next" | "retired";
  /** When a gateway first named it: agents that have connected since then know it. */
  readonly createdAt: Date;
}

/** A key by which agents know the management plane, as a gateway read it from its file. */
export interface OwnSigningKey {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  /** Whether the gateway signs with it, or says that it will. */
  readonly state: "current" | "next";
}

/** How long a key stays what it is after the last gateway has named it. */
export const SIGNING_KEY_LINGERS_MS = 600_000;

/**
 * Says which keys a gateway signs with and announces. A key is current while any gateway signs with it, next while one
 * announces it, and retired ten minutes after the last; so gateways of two settings, as during a change of keys, do not
 * take each other's keys away, in whatever order they start.
 */
export async function registerSigningKeys(
  tx: GlobalTransaction,
  { keys, at }: { readonly keys: readonly OwnSigningKey[]; readonly at: Date },
): Promise<void> {
  const prisma = prismaOf(tx);
  await prisma.$executeRaw`select pg_advisory_xact_lock(hashtextextended('signing-keys', 0))`;
  for (const { keyId, publicKey, state } of keys) {
    const said = state === "current" ? { signedAt: at } : { announcedAt: at };
    await prisma.signingKey.upsert({
      where: { keyId },
      create: { keyId, publicKey: new Uint8Array(publicKey), state, createdAt: at, ...said },
      update: said,
    });
  }
  const since = new Date(at.getTime() - SIGNING_KEY_LINGERS_MS);
  await prisma.$executeRaw`
    with judged as (
      select key_id, case when signed_at > ${since} then 'current' when announced_at > ${since} then 'next'
                     else 'retired' end as state
      from signing_key
    )
    update signing_key k set state = j.state, retired_at = case when j.state = 'retired' then ${at}::timestamptz end
    from judged j where j.key_id = k.key_id and j.state <> k.state`;
}

/** The keys that may sign for the management plane: current ones first, then the next; retired ones are left out. */
export async function listSigningKeys(tx: Transaction): Promise<readonly SigningKeyRecord[]> {
  const rows = await prismaOf(tx).signingKey.findMany({
    where: { state: { in: ["current", "next"] } },
    orderBy: [{ state: "asc" }, { createdAt: "desc" }],
  });
  return rows.map(({ keyId, publicKey, state, createdAt }) => ({
    keyId,
    publicKey,
    state: state === "next" ? "next" : "current",
    createdAt,
  }));
}
