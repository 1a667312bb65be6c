import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base64Url, hex, sha256Hex, utf8Bytes } from "./encode";
import { compareBytes } from "./order";

const text = fc.string({ unit: "binary" });

describe("text as bytes", () => {
  it("is UTF-8 as the platform writes it", () => {
    fc.assert(
      fc.property(text, (t) => {
        expect([...utf8Bytes(t)]).toEqual([...new TextEncoder().encode(t)]);
      }),
    );
    expect([...utf8Bytes("a\ud800b")]).toEqual([...new TextEncoder().encode("a\ud800b")]);
  });

  it("is encoded and hashed as the platform does", () => {
    fc.assert(
      fc.property(text, (t) => {
        const bytes = Buffer.from(t, "utf8");
        expect(base64Url(utf8Bytes(t))).toBe(bytes.toString("base64url"));
        expect(hex(utf8Bytes(t))).toBe(bytes.toString("hex"));
        expect(sha256Hex(t)).toBe(createHash("sha256").update(bytes).digest("hex"));
      }),
    );
  });

  it("is ordered by its bytes", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8")));
      }),
    );
  });
});
