import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { SealedManifest } from "@isthmus/db";
import { hashSecret, newSecret } from "../../../server/random-secret";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (token: string, grantId: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", token, grantId, "isthmus agent manifest", 32));

/** The name under which a token's box is found: it does not lead back to the token. */
export const tokenHash = (token: string): string => Buffer.from(hashSecret(token)).toString("base64url");

/**
 * Seals a manifest, which holds a grant's secret, under a fresh token that only its link carries. The database then
 * holds nothing that opens it, and the box is thrown away at the first use of the link.
 */
export function sealManifest(
  manifest: string,
  grantId: string,
): { readonly token: string; readonly sealed: SealedManifest } {
  const token = newSecret();
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(token, grantId), nonce);
  const body = Buffer.concat([cipher.update(manifest, "utf8"), cipher.final()]);
  const box = Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64url");
  return { token, sealed: { tokenHash: tokenHash(token), box } };
}

/** Opens a box with the token of its link. Throws where the box is not what was sealed. */
export function openManifest(box: string, token: string, grantId: string): string {
  const bytes = Buffer.from(box, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(token, grantId), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
}
