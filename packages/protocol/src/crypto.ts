import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import { err, ok, type Result } from "@isthmus/std";

/** SHA-256 of bytes or of UTF-8 text, 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return createHash("sha256").update(data).digest();
}

/** An ed25519 key that signs for one end of the link. */
export interface LinkKey {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
  /** `keyId(publicKey)`. */
  readonly id: string;
  /** 64 bytes over `message`. */
  sign(message: Uint8Array): Uint8Array;
  /** PKCS8 PEM, for a file or a Secret that only its owner reads. */
  toPem(): string;
}

/** Why a key could not be read. */
export interface KeyError {
  readonly code: "not-a-key" | "not-ed25519";
  readonly message: string;
}

const RAW_KEY_BYTES = 32;
/** DER of a SubjectPublicKeyInfo for ed25519 up to the 32 key bytes (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The name of a public key that grants pin: `SHA256:` and the base64url of the SHA-256 of its 32 raw bytes. */
export function keyId(publicKey: Uint8Array): string {
  return `SHA256:${Buffer.from(sha256(publicKey)).toString("base64url")}`;
}

function linkKey(privateKey: KeyObject): LinkKey {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length));
  return {
    publicKey,
    id: keyId(publicKey),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    toPem: () => privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Makes a new ed25519 key. */
export function generateLinkKey(): LinkKey {
  return linkKey(generateKeyPairSync("ed25519").privateKey);
}

/** Reads an ed25519 private key from PKCS8 PEM. */
export function linkKeyFromPem(pem: string): Result<LinkKey, KeyError> {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return err({ code: "not-a-key", message: "not a private key in PEM (PKCS8)" });
  }
  if (key.asymmetricKeyType !== "ed25519") {
    return err({
      code: "not-ed25519",
      message: `expected an ed25519 key, found \`${key.asymmetricKeyType ?? "secret"}\``,
    });
  }
  return ok(linkKey(key));
}

/** True when `signature` is `publicKey`'s (32 raw bytes) over `message`; false for anything malformed. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== RAW_KEY_BYTES) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
