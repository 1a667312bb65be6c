import { expect, test } from "vitest";
import { isEmail } from "./email";

test.each([
  ["ada@example.org", true],
  [" ada@example.org ", true],
  ["admin@isthmus.local", true],
  ["ada", false],
  ["ada@", false],
  ["a b@example.org", false],
])("%s as an address: %s", (text, fits) => expect(isEmail(text)).toBe(fits));
