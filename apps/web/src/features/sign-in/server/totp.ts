import { createHash, randomBytes } from "node:crypto";
import { Secret, TOTP } from "otpauth";

// RFC 6238 with what every authenticator app knows: SHA-1, six digits, thirty seconds; 160 bits of secret.
const periodS = 30;
const settings = { issuer: "Isthmus", algorithm: "SHA1", digits: 6, period: periodS } as const;

/** A secret to be put into an authenticator app. */
export interface TotpOffer {
  /** Base32, to be typed where a picture cannot be read. */
  readonly secret: string;
  /** For a QR code. */
  readonly uri: string;
}

/** Makes a new secret for a person. */
export function newTotp(email: string): TotpOffer {
  const totp = new TOTP({ ...settings, label: email, secret: new Secret({ size: 20 }) });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/** The time step that a code belongs to, of the present one and its neighbours; undefined where it fits none. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | undefined {
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const totp = new TOTP({ ...settings, secret: Secret.fromBase32(secret) });
  const delta = totp.validate({ token, timestamp: nowMs, window: 1 });
  return delta === null ? undefined : Math.floor(nowMs / 1_000 / periodS) + delta;
}

const recoveryAlphabet = "abcdefghjkmnpqrstuvwxyz023456789";
const recoveryCodes = 10;

/** Makes recovery codes of 80 bits each, in groups of four that are easy to type. */
export const newRecoveryCodes = (): readonly string[] =>
  Array.from({ length: recoveryCodes }, () =>
    Array.from(randomBytes(16), (byte) => recoveryAlphabet[byte % recoveryAlphabet.length])
      .join("")
      .replaceAll(/(.{4})(?=.)/g, "$1-"),
  );

/** What is stored of a recovery code, for one person; undefined for a text that cannot be one. */
export function hashRecoveryCode(personId: string, code: string): Uint8Array | undefined {
  const bare = code.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return bare.length === 16 ? createHash("sha256").update(`${personId} ${bare}`).digest() : undefined;
}
