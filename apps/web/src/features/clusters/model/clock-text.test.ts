import { describe, expect, it } from "vitest";
import { clockText } from "./clock-text";

describe("clockText", () => {
  it.each([
    { offsetMs: 0, text: "as the gateway's" },
    { offsetMs: -99, text: "as the gateway's" },
    { offsetMs: 100, text: "100 ms ahead" },
    { offsetMs: -2_500, text: "2500 ms behind" },
    { offsetMs: 12_400, text: "12 s ahead" },
  ])("$offsetMs ms: $text", ({ offsetMs, text }) => {
    expect(clockText(offsetMs)).toBe(text);
  });
});
