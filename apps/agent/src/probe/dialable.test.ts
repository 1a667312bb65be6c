import { describe, expect, it } from "vitest";
import { isDialable } from "./dialable";

describe("isDialable", () => {
  it.each(["10.2.0.9", "192.168.3.4", "100.64.0.7", "203.0.113.9", "fd00:2::9", "2001:db8::1"])(
    "takes %s",
    (address) => {
      expect(isDialable(address)).toBe(true);
    },
  );

  it.each([
    "",
    "db.internal",
    "localhost",
    "10.2.0",
    "10.2.0.9/32",
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff02::1",
  ])("never dials `%s`", (address) => {
    expect(isDialable(address)).toBe(false);
  });
});
