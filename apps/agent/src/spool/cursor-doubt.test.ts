import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { CursorDoubt } from "./cursor-doubt";

const folder = mkdtempSync(join(tmpdir(), "isthmus-doubt-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("outlives the process until it is settled", () => {
  const doubt = new CursorDoubt(folder);
  expect(doubt.isOpen).toBe(false);
  doubt.open();
  expect([doubt.isOpen, new CursorDoubt(folder).isOpen]).toEqual([true, true]);
  doubt.settle();
  expect([doubt.isOpen, new CursorDoubt(folder).isOpen]).toEqual([false, false]);
});

it("holds where the disk takes nothing", () => {
  const doubt = new CursorDoubt(join(folder, "not-there"));
  expect(() => doubt.open()).toThrow("ENOENT");
  expect(doubt.isOpen).toBe(true);
});
