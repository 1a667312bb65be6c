import { describe, expect, it } from "vitest";
import { parseNotification } from "./notifications";

describe("parseNotification", () => {
  it("reads a payload", () => {
    expect(parseNotification('{"organisation":"o","topic":"desired","id":"c"}')).toEqual({
      organisation: "o",
      topic: "desired",
      id: "c",
    });
  });

  it.each([
    "",
    "null",
    "7",
    "[]",
    '{"organisation":"o","topic":"unheard-of","id":"c"}',
    '{"topic":"desired","id":"c"}',
  ])("ignores %s", (payload) => expect(parseNotification(payload)).toBeUndefined());
});
