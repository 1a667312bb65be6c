/** Who uses a pool of connections. */
export type ConnectionKind = "web" | "gateway";

/** For how long Postgres bears with one connection, in ms; it ends what takes longer. */
export interface ConnectionLimits {
  /** A statement, its wait for locks included. */
  readonly statementMs: number;
  /** The wait for one lock. */
  readonly lockMs: number;
  /**
   * A transaction between two statements. A process that is frozen or cut off within a transaction holds its locks until
   * then: Postgres ends the connection, and whoever waits for the rows goes on.
   */
  readonly idleInTransactionMs: number;
}

/**
 * A person waits for a page no longer than for 30 s. A gateway's transaction is short, and an agent waits 10 s for its
 * handshake: a takeover that waits for a former holder fails before that, and the next attempt finds the row free.
 * Migrations, backups, LISTEN and the lock of jobs have connections of their own, without these limits.
 */
export const CONNECTION_LIMITS: Readonly<Record<ConnectionKind, ConnectionLimits>> = {
  web: { statementMs: 30_000, lockMs: 10_000, idleInTransactionMs: 30_000 },
  gateway: { statementMs: 30_000, lockMs: 8_000, idleInTransactionMs: 10_000 },
};
