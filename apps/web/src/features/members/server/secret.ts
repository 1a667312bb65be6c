import { createHash, randomBytes } from "node:crypto";

/** A secret of a link: 256 random bits, in 43 characters. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a secret. */
export const hashSecret = (secret: string): Uint8Array => createHash("sha256").update(secret).digest();
