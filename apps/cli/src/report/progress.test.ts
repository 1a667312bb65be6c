import { describe, expect, it } from "vitest";
import { memoryIo } from "../testing/memory-io";
import { progressOn } from "./progress";

describe("progress", () => {
  it("is one line on a terminal that leaves nothing behind", () => {
    const { io, err } = memoryIo({}, { terminal: true });
    const progress = progressOn(io.err);
    progress.step("reading manifests", { done: 0, of: 200 });
    progress.step("reading manifests", { done: 1, of: 200 });
    progress.step("reading manifests", { done: 2, of: 200 });
    progress.step("thinking");
    progress.end();
    progress.end();
    const clear = "\r\u001b[2K";
    expect(err()).toBe(
      [`reading manifests … 0 %`, "reading manifests … 1 %", "thinking …", ""].map((line) => clear + line).join(""),
    );
  });

  it("is silent anywhere else", () => {
    const { io, err } = memoryIo({}, { terminal: false });
    const progress = progressOn(io.err);
    progress.step("reading manifests", { done: 0, of: 0 });
    progress.end();
    expect(err()).toBe("");
  });
});
