import { describe, expect, it } from "vitest";
import { isDueForRenewal, newIdentity, readIdentity, writeIdentity } from "./identity";

describe("identity", () => {
  it("reads what it wrote", () => {
    const credential = { id: "c", issuedAtMs: 1, expiresAtMs: 2, grantId: "g" };
    const identity = { ...newIdentity(), credential, announcedKeyIds: ["SHA256:x"] };
    const read = readIdentity(writeIdentity(identity));
    expect(read.ok && read.value?.key.id).toBe(identity.key.id);
    expect(read).toMatchObject({ ok: true, value: { credential, announcedKeyIds: ["SHA256:x"] } });
  });

  it.each([
    { name: "an empty Secret", stored: {}, expected: { ok: true, value: undefined } },
    { name: "what is no key", stored: { "key.pem": "nonsense" }, expected: { ok: false } },
    {
      name: "a key without a credential",
      stored: { "key.pem": newIdentity().key.toPem() },
      expected: { ok: true, value: { credential: undefined } },
    },
    {
      name: "a damaged state",
      stored: { "key.pem": newIdentity().key.toPem(), "state.json": "{" },
      expected: { ok: false, error: expect.stringContaining("enrol again") as string },
    },
  ])("reads $name", ({ stored, expected }) => expect(readIdentity(stored)).toMatchObject(expected));

  it("renews from half-life on", () => {
    const credential = { id: "c", issuedAtMs: 1_000, expiresAtMs: 3_000, grantId: "g" };
    expect(isDueForRenewal(credential, 1_999)).toBe(false);
    expect(isDueForRenewal(credential, 2_000)).toBe(true);
  });
});
