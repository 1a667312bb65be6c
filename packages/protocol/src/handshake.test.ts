import { clone, create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { generateLinkKey, keyId, linkKeyFromPem, verifySignature } from "./crypto";
import { answerHello, checkChallenge, checkProof, proveAgent } from "./handshake";
import { ChallengeSchema, HelloSchema, ProofSchema, type Challenge, type Hello } from "./messages";
import { transcript } from "./transcript";

const gateway = generateLinkKey();
const agent = generateLinkKey();
const identity = { key: gateway, nextKeyIds: ["SHA256:next"], capabilities: ["desired-diff"] };
const nonce = new Uint8Array(32).fill(9);
const hello = create(HelloSchema, {
  versions: [7, 1],
  capabilities: ["x", "desired-diff"],
  agentVersion: "0.1.0",
  nonce: new Uint8Array(32).fill(1),
  publicKey: agent.publicKey,
  clusterUid: "uid-1",
  claim: { case: "grantId", value: "g" },
  instance: "a",
});

function challengeFor(message: Hello): Challenge {
  const challenge = answerHello(message, identity, nonce);
  if (!challenge.ok) throw new Error(challenge.error);
  return challenge.value;
}

describe("the handshake", () => {
  const challenge = challengeFor(hello);

  it("is accepted by both ends when nothing was touched", () => {
    expect(challenge.version).toBe(1);
    expect(challenge.capabilities).toEqual(["desired-diff"]);
    expect(checkChallenge(hello, challenge, [gateway.id])).toEqual({ ok: true, value: undefined });
    expect(
      checkProof(hello, challenge, proveAgent(hello, challenge, { key: agent, grantSecret: new Uint8Array(0) })),
    ).toBe(true);
  });

  const helloChanges: readonly { name: string; change: (hello: Hello) => void }[] = [
    { name: "nonce", change: (h) => (h.nonce = new Uint8Array(32).fill(2)) },
    { name: "public key", change: (h) => (h.publicKey = generateLinkKey().publicKey) },
    { name: "cluster uid", change: (h) => (h.clusterUid = "uid-2") },
    { name: "claim", change: (h) => (h.claim = { case: "grantId", value: "h" }) },
    { name: "kind of claim", change: (h) => (h.claim = { case: "credentialId", value: "g" }) },
    { name: "versions", change: (h) => (h.versions = [1]) },
    { name: "capabilities", change: (h) => (h.capabilities = ["desired-diff"]) },
    { name: "agent version", change: (h) => (h.agentVersion = "0.1.1") },
    { name: "instance", change: (h) => (h.instance = "b") },
  ];
  it.each(helloChanges)("does not hold over a hello with another $name", ({ change }) => {
    const other = clone(HelloSchema, hello);
    change(other);
    expect(checkChallenge(other, challenge, [gateway.id])).toMatchObject({
      ok: false,
      error: { code: "gateway-signature" },
    });
    expect(
      checkProof(other, challenge, proveAgent(hello, challenge, { key: agent, grantSecret: new Uint8Array(0) })),
    ).toBe(false);
  });

  const challengeChanges: readonly { name: string; change: (challenge: Challenge) => void }[] = [
    { name: "nonce", change: (c) => (c.nonce = new Uint8Array(32).fill(3)) },
    { name: "version", change: (c) => (c.version = 7) },
    { name: "capabilities", change: (c) => (c.capabilities = []) },
    { name: "next keys", change: (c) => (c.nextKeyIds = ["SHA256:evil"]) },
    { name: "signature", change: (c) => (c.signature = new Uint8Array(64)) },
  ];
  it.each(challengeChanges)("does not hold over a challenge with another $name", ({ change }) => {
    const other = clone(ChallengeSchema, challenge);
    change(other);
    expect(checkChallenge(hello, other, [gateway.id]).ok).toBe(false);
  });

  it("refuses a gateway whose key was not pinned, however well it signs", () => {
    expect(checkChallenge(hello, challenge, [keyId(agent.publicKey)])).toMatchObject({
      ok: false,
      error: { code: "gateway-key-not-pinned" },
    });
  });

  it("refuses the gateway's own signature as the agent's proof", () => {
    const reflected = create(ProofSchema, { signature: agent.sign(transcript("gateway", hello, challenge)) });
    expect(checkProof(hello, challenge, reflected)).toBe(false);
  });

  it.each([
    { name: "no version", fields: { versions: [7] }, code: "version-unsupported" },
    { name: "a short nonce", fields: { nonce: new Uint8Array(31) }, code: "frame-invalid" },
    { name: "a short key", fields: { publicKey: new Uint8Array(31) }, code: "frame-invalid" },
    { name: "no claim", fields: { claim: { case: undefined } as const }, code: "frame-invalid" },
    { name: "no cluster", fields: { clusterUid: "" }, code: "frame-invalid" },
  ])("a hello with $name is answered $code", ({ fields, code }) => {
    expect(answerHello(create(HelloSchema, { ...hello, ...fields }), identity, nonce)).toEqual({
      ok: false,
      error: code,
    });
  });
});

describe("keys", () => {
  it("survive a PEM file", () => {
    const read = linkKeyFromPem(agent.toPem());
    expect(read.ok && read.value.id).toBe(agent.id);
    const message = new Uint8Array([1, 2, 3]);
    expect(read.ok && verifySignature(agent.publicKey, message, read.value.sign(message))).toBe(true);
  });

  it("are told from other things", () => {
    expect(linkKeyFromPem("hello")).toMatchObject({ ok: false, error: { code: "not-a-key" } });
  });

  it("have an id that names their hash", () => {
    expect(keyId(new Uint8Array(32))).toBe("SHA256:Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU");
  });
});
