import { Secret, TOTP } from "otpauth";
import { describe, expect, it } from "vitest";
import { hashRecoveryCode, newRecoveryCodes, newTotp, stepOfCode } from "./totp";

describe("a code of the time", () => {
  const offer = newTotp("ann@example.org");
  const nowMs = 1_760_000_010_000; // ten seconds into a step
  const codeAt = (ms: number) => new TOTP({ secret: Secret.fromBase32(offer.secret) }).generate({ timestamp: ms });
  const step = Math.floor(nowMs / 30_000);

  it("comes with a secret of 160 bits and a URI for a picture of it", () => {
    expect(offer.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(offer.uri).toMatch(/^otpauth:\/\/totp\/Isthmus:ann%40example\.org\?.*secret=/);
    expect(newTotp("a").secret).not.toBe(offer.secret);
  });

  it("is good for its step and the neighbours", () => {
    expect([-1, 0, 1].map((at) => stepOfCode(offer.secret, codeAt(nowMs + at * 30_000), nowMs))).toEqual([
      step - 1,
      step,
      step + 1,
    ]);
    expect([-2, 2].map((at) => stepOfCode(offer.secret, codeAt(nowMs + at * 30_000), nowMs))).toEqual([
      undefined,
      undefined,
    ]);
    const [first, last] = [codeAt(nowMs).slice(0, 3), codeAt(nowMs).slice(3)];
    expect(stepOfCode(offer.secret, `${first} ${last}`, nowMs)).toBe(step);
  });

  it("is six digits", () => {
    for (const code of ["", "12345", "1234567", "abcdef", "-12345"])
      expect(stepOfCode(offer.secret, code, nowMs)).toBeUndefined();
  });

  it("agrees with the vectors of RFC 6238", () => {
    const secret = new Secret({ buffer: new TextEncoder().encode("12345678901234567890").buffer }).base32;
    expect(stepOfCode(secret, "287082", 59_000)).toBe(1);
    expect(stepOfCode(secret, "081804", 1_111_111_109_000)).toBe(37_037_036);
  });
});

describe("recovery codes", () => {
  it("are ten, each another, and bound to their person", () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([a-z0-9]{4}-){3}[a-z0-9]{4}$/);
    const [code = ""] = codes;
    expect(hashRecoveryCode("a", code)).toEqual(hashRecoveryCode("a", ` ${code.toUpperCase().replaceAll("-", " ")}`));
    expect(hashRecoveryCode("a", code)).not.toEqual(hashRecoveryCode("b", code));
    expect(hashRecoveryCode("a", "short")).toBeUndefined();
  });
});
