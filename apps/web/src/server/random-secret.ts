import { createHash, randomBytes } from "node:crypto";

/** A secret of a cookie, link, ticket, token or grant: 256 random bits, in 43 characters. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a secret: its SHA-256, 32 bytes. A read of the table gives nobody the secret. */
export const hashSecret = (secret: string): Uint8Array => createHash("sha256").update(secret).digest();
