import { create } from "@bufbuild/protobuf";
import { err, ok, type Result } from "@isthmus/std";
import { keyId, verifySignature, type LinkKey } from "./crypto";
import { ChallengeSchema, ProofSchema, type Challenge, type Hello, type Proof } from "./messages";
import type { RefusalCode } from "./refusal";
import { transcript } from "./transcript";
import { chooseVersion, commonCapabilities } from "./version";

/** Bytes of a nonce. */
export const NONCE_BYTES = 32;

/** What a gateway brings to a handshake. */
export interface GatewayIdentity {
  readonly key: LinkKey;
  /** Ids of keys that may sign later. */
  readonly nextKeyIds: readonly string[];
  readonly capabilities: readonly string[];
}

/** UIDs, versions and names of pods are shorter; a Kubernetes name has 253 characters at most. */
const MAX_HELLO_TEXT = 256;

/** Answers a Hello, signed; `nonce` is 32 fresh random bytes. Nothing of the claim is believed or looked up yet. */
export function answerHello(
  hello: Hello,
  identity: GatewayIdentity,
  nonce: Uint8Array,
): Result<Challenge, RefusalCode> {
  const version = chooseVersion(hello.versions);
  if (version === undefined) return err("version-unsupported");
  if (hello.nonce.length !== NONCE_BYTES || hello.publicKey.length !== 32) return err("frame-invalid");
  if (hello.claim.case === undefined || hello.claim.value === "" || hello.clusterUid === "")
    return err("frame-invalid");
  const { clusterUid, agentVersion, instance, claim } = hello;
  if ([clusterUid, agentVersion, instance, `${claim.value}`].some(({ length }) => length > MAX_HELLO_TEXT)) {
    return err("frame-invalid");
  }
  const challenge = create(ChallengeSchema, {
    version,
    capabilities: [...commonCapabilities(identity.capabilities, hello.capabilities)],
    nonce,
    publicKey: identity.key.publicKey,
    nextKeyIds: [...identity.nextKeyIds],
  });
  challenge.signature = identity.key.sign(transcript("gateway", hello, challenge));
  return ok(challenge);
}

/** Why an agent does not trust a gateway. */
export interface ChallengeError {
  readonly code: "gateway-key-not-pinned" | "gateway-signature" | "gateway-version" | "gateway-nonce";
  readonly message: string;
}

/** Checks, as the agent, that the gateway holds a key that was pinned, and said so over this very Hello. */
export function checkChallenge(
  hello: Hello,
  challenge: Challenge,
  pinnedKeyIds: readonly string[],
): Result<void, ChallengeError> {
  const id = keyId(challenge.publicKey);
  if (!pinnedKeyIds.includes(id)) {
    return err({
      code: "gateway-key-not-pinned",
      message: `the gateway signs with ${id}, which this agent was not told to trust; check the address, or enrol again if the key was replaced`,
    });
  }
  if (!hello.versions.includes(challenge.version)) {
    return err({
      code: "gateway-version",
      message: `the gateway chose version ${challenge.version}, which was not offered`,
    });
  }
  if (challenge.nonce.length !== NONCE_BYTES)
    return err({ code: "gateway-nonce", message: "the gateway's nonce is not 32 bytes" });
  if (!verifySignature(challenge.publicKey, transcript("gateway", hello, challenge), challenge.signature)) {
    return err({ code: "gateway-signature", message: "the gateway's signature does not fit this connection" });
  }
  return ok(undefined);
}

/** What an agent proves itself with; `grantSecret` is empty when resuming. */
export interface AgentIdentity {
  readonly key: LinkKey;
  readonly grantSecret: Uint8Array;
}

/** The agent's proof for a challenge that `checkChallenge` accepted. */
export function proveAgent(hello: Hello, challenge: Challenge, { key, grantSecret }: AgentIdentity): Proof {
  return create(ProofSchema, { signature: key.sign(transcript("agent", hello, challenge)), grantSecret });
}

/** True when the proof was made by the key that Hello named, for this connection. */
export function checkProof(hello: Hello, challenge: Challenge, proof: Proof): boolean {
  return verifySignature(hello.publicKey, transcript("agent", hello, challenge), proof.signature);
}
