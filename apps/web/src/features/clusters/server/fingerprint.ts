import { createHash } from "node:crypto";

/** A key as people compare it: `SHA256:` and the base64url of its hash. */
export const fingerprintOf = (publicKey: Uint8Array): string =>
  `SHA256:${createHash("sha256").update(publicKey).digest("base64url")}`;
