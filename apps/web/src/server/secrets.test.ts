import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AppError } from "./errors";
import { seal, unseal, type SecretPlace } from "./secrets";

const key = randomBytes(32);
const place: SecretPlace = { purpose: "totp", id: "a" };

describe("a sealed secret", () => {
  it("opens in its own place", () => {
    const sealed = seal(key, place, "a secret, with ü");
    expect(Buffer.from(sealed).includes("secret")).toBe(false);
    expect(unseal(key, place, sealed)).toBe("a secret, with ü");
    expect(seal(key, place, "a secret, with ü")).not.toEqual(sealed);
  });

  const sealed = Buffer.from(seal(key, place, "a secret"));
  const flipped = (at: number) => Buffer.from(sealed.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  const rows: readonly { name: string; key?: Uint8Array | undefined; place?: SecretPlace; sealed?: Uint8Array }[] = [
    { name: "with another key", key: randomBytes(32) },
    { name: "without a key", key: undefined },
    { name: "in another row", place: { ...place, id: "b" } },
    { name: "for another purpose", place: { ...place, purpose: "client-secret" } },
    { name: "with another nonce", sealed: flipped(5) },
    { name: "with another tag", sealed: flipped(15) },
    { name: "with another text", sealed: flipped(30) },
    { name: "of another version", sealed: flipped(0) },
    { name: "cut short", sealed: sealed.subarray(0, 20) },
    { name: "empty", sealed: Buffer.alloc(0) },
  ];
  it.each(rows)("does not open $name, and says what to do", (row) => {
    const open = () => unseal("key" in row ? row.key : key, row.place ?? place, row.sealed ?? sealed);
    expect(open).toThrow(AppError);
    expect(open).toThrow(/ISTHMUS_SECRETS_KEY_FILE/);
  });
});
