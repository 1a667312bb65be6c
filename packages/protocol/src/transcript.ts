import type { Challenge, Hello } from "./messages";

/** Which end signs; it separates the two signatures' domains. */
export type Signer = "gateway" | "agent";

const encoder = new TextEncoder();

function lengthPrefixed(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length);
    out.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return out;
}

const text = (value: string): Uint8Array => encoder.encode(value);
const texts = (values: readonly (string | number)[]): Uint8Array =>
  lengthPrefixed(values.map((value) => text(String(value))));

/**
 * The bytes that `signer` signs: everything both ends said before, each field prefixed by its length, under a domain
 * of its own. It holds both nonces and both keys, so a signature fits one connection alone, also through a proxy that
 * ends TLS.
 */
export function transcript(signer: Signer, hello: Hello, challenge: Challenge): Uint8Array {
  return lengthPrefixed([
    text(`isthmus.link.v1 ${signer} handshake`),
    texts(hello.versions),
    texts(hello.capabilities),
    text(hello.agentVersion),
    hello.nonce,
    hello.publicKey,
    text(hello.clusterUid),
    text(hello.claim.case ?? ""),
    text(hello.claim.value ?? ""),
    text(hello.instance),
    texts([challenge.version]),
    texts(challenge.capabilities),
    challenge.nonce,
    challenge.publicKey,
    texts(challenge.nextKeyIds),
  ]);
}
