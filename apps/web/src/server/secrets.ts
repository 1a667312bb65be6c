import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { AppError } from "./errors";

// Sealed = version (1 byte) ‖ nonce (12) ‖ tag (16) ‖ AES-256-GCM ciphertext. What a secret is for and the id of its row
// are authenticated with it, so that one row's secret opens in no other row.
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const algorithm = "aes-256-gcm";

/** What a secret is for, and the id of the row that holds it. */
export interface SecretPlace {
  readonly purpose: "client-secret" | "totp" | "id-token";
  readonly id: string;
}

const associated = ({ purpose, id }: SecretPlace) => Buffer.from(`isthmus ${purpose} ${id}`);

/** The key, or the refusal that says how to get one. */
function keyOrCure(key: Uint8Array | undefined): Uint8Array {
  if (key !== undefined) return key;
  throw new AppError(
    "barred",
    "This installation has no key to seal secrets with. Make one with `openssl rand -base64 32`, give its file to every web process as ISTHMUS_SECRETS_KEY_FILE, and start them again.",
  );
}

/** Seals a secret for its place at rest. Without a key: `barred`. */
export function seal(key: Uint8Array | undefined, place: SecretPlace, secret: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOrCure(key), nonce).setAAD(associated(place));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
}

/** Opens what `seal` made for the same place; `barred` without a key, or with another one than it was sealed with. */
export function unseal(key: Uint8Array | undefined, place: SecretPlace, sealed: Uint8Array): string {
  const given = keyOrCure(key);
  const bytes = Buffer.from(sealed);
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
  try {
    if (bytes[0] !== version || tag.length !== tagBytes) throw new Error(`sealed in an unknown way: ${bytes[0]}`);
    const decipher = createDecipheriv(algorithm, given, nonce, { authTagLength: tagBytes })
      .setAAD(associated(place))
      .setAuthTag(tag);
    const body = bytes.subarray(1 + nonceBytes + tagBytes);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new AppError(
      "barred",
      "A secret was sealed with another key than ISTHMUS_SECRETS_KEY_FILE holds now. Give the former key back, or enter the secret again.",
      { cause },
    );
  }
}
