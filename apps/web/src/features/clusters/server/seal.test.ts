import { describe, expect, it } from "vitest";
import { openManifest, sealManifest, tokenHash } from "./seal";

describe("sealManifest", () => {
  const { token, sealed } = sealManifest("kind: Namespace\n", "grant-1");
  it("opens with its own token and grant", () => {
    expect(openManifest(sealed.box, token, "grant-1")).toBe("kind: Namespace\n");
    expect(sealed.tokenHash).toBe(tokenHash(token));
  });
  it("opens with nothing else", () => {
    expect(() => openManifest(sealed.box, `${token}x`, "grant-1")).toThrow(/authenticate/);
    expect(() => openManifest(sealed.box, token, "grant-2")).toThrow(/authenticate/);
  });
  it("notices a changed box", () => {
    const bytes = Buffer.from(sealed.box, "base64url");
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => openManifest(bytes.toString("base64url"), token, "grant-1")).toThrow(/authenticate/);
  });
  it("never seals twice alike", () => {
    expect(sealManifest("a", "g").token).not.toBe(sealManifest("a", "g").token);
  });
});
