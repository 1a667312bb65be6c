import { generateLinkKey, linkKeyFromPem, type CredentialIssued, type LinkKey } from "@isthmus/protocol";
import { isRecord, listAt, recordAt, textAt } from "@isthmus/k8s";
import { err, ok, type Result } from "@isthmus/std";

/** A credential that a gateway issued for our key. */
export interface Credential {
  readonly id: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** The grant whose redemption began it. */
  readonly grantId: string;
}

/** Who this agent is, across restarts. */
export interface Identity {
  readonly key: LinkKey;
  readonly credential: Credential | undefined;
  /** Ids of the gateway key in use and of those that it has announced; trusted beside the pins. */
  readonly announcedKeyIds: readonly string[];
}

/** What an identity is stored as: the data of a Secret, as text. */
export type StoredIdentity = Readonly<Record<string, string>>;

const KEY_FIELD = "key.pem";
const STATE_FIELD = "state.json";

/** A new identity with a key of its own. */
export function newIdentity(): Identity {
  return { key: generateLinkKey(), credential: undefined, announcedKeyIds: [] };
}

/** Reads an identity; undefined where none is stored yet. */
export function readIdentity(stored: StoredIdentity): Result<Identity | undefined, string> {
  const pem = stored[KEY_FIELD];
  if (pem === undefined || pem === "") return ok(undefined);
  const key = linkKeyFromPem(pem);
  if (!key.ok)
    return err(`\`${KEY_FIELD}\` is ${key.error.message}; delete it to make a new identity, and enrol again`);
  const state = parseState(stored[STATE_FIELD] ?? "{}");
  if (state === undefined) return err(`\`${STATE_FIELD}\` is not JSON; delete it, and enrol again`);
  const credential = credentialIn(recordAt(state, "credential"));
  const announcedKeyIds = listAt(state, "announcedKeyIds").filter((id) => typeof id === "string");
  return ok({ key: key.value, credential, announcedKeyIds });
}

/** Writes an identity. */
export function writeIdentity({ key, credential, announcedKeyIds }: Identity): StoredIdentity {
  return { [KEY_FIELD]: key.toPem(), [STATE_FIELD]: JSON.stringify({ credential, announcedKeyIds }) };
}

/** A credential as it came over the link. */
export function credentialOf(issued: CredentialIssued, grantId: string): Credential {
  return {
    id: issued.credentialId,
    issuedAtMs: Number(issued.issuedAtMs),
    expiresAtMs: Number(issued.expiresAtMs),
    grantId,
  };
}

/** True from the credential's half-life on. */
export function isDueForRenewal({ issuedAtMs, expiresAtMs }: Credential, nowMs: number): boolean {
  return nowMs >= issuedAtMs + (expiresAtMs - issuedAtMs) / 2;
}

function parseState(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const state: unknown = JSON.parse(text);
    return isRecord(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function credentialIn(value: Readonly<Record<string, unknown>>): Credential | undefined {
  const { issuedAtMs, expiresAtMs } = value;
  const id = textAt(value, "id");
  if (id === "" || typeof issuedAtMs !== "number" || typeof expiresAtMs !== "number") return undefined;
  return { id, issuedAtMs, expiresAtMs, grantId: textAt(value, "grantId") };
}
