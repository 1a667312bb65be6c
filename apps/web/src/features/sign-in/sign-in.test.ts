import { describe, expect, it } from "vitest";
import { safeReturnPath } from "./model/return-path";
import { describeUserAgent } from "./model/user-agent";
import { hashPassword, passwordFits } from "./server/password";

describe("the path to return to", () => {
  const rows = [
    { name: "a page", next: "/flows?q=a", expected: "/flows?q=a" },
    { name: "nothing", next: undefined, expected: "/" },
    { name: "another site", next: "https://evil.example/", expected: "/" },
    { name: "another site without a protocol", next: "//evil.example", expected: "/" },
    { name: "another site with a backslash", next: "/\\evil.example", expected: "/" },
    { name: "a line break", next: "/a\nb", expected: "/" },
    { name: "the sign-in page again", next: "/sign-in?next=/sign-in", expected: "/" },
  ];
  it.each(rows)("$name", ({ next, expected }) => expect(safeReturnPath(next)).toBe(expected));
});

describe("passwords", () => {
  it("fit their own hash alone, and never a hash that is not there", async () => {
    const encoded = await hashPassword("correct horse battery");
    expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hashPassword("correct horse battery")).not.toBe(encoded);
    expect(await passwordFits(encoded, "correct horse battery")).toBe(true);
    expect(await passwordFits(encoded, "correct horse batterz")).toBe(false);
    expect(await passwordFits("not a hash", "x")).toBe(false);
    expect(await passwordFits(undefined, "a password that nobody has")).toBe(false);
    expect(await passwordFits(null, "a password that nobody has")).toBe(false);
  });
});

describe("browsers in words", () => {
  const rows = [
    {
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      expected: "Firefox on Linux",
    },
    {
      userAgent:
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
      expected: "Safari on macOS",
    },
    {
      userAgent: "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
      expected: "Edge on Windows",
    },
    { userAgent: "isthmus-standalone/0.1", expected: "isthmus-standalone/0.1" },
    { userAgent: "", expected: "unknown client" },
  ];
  it.each(rows)("$expected", ({ userAgent, expected }) => expect(describeUserAgent(userAgent)).toBe(expected));
});
