import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DiskFull, DiskGuard, type Doubt } from "./disk-guard";

/** The folder in which the disk is tried: without it the disk takes nothing. */
let folder: string;
let guard: DiskGuard;
let doubts: Doubt[];
let merges: boolean[];
let events: string[];
let salvageFails = false;

const before = { entries: new Map([["table", new Set(["p_1_1_0"])]]), definitions: undefined };
const write = (work: () => Promise<unknown>) => guard.write({ note: () => before, work });
const fails = (error: Error) => () => Promise.reject(error);
const makeFolder = () => (folder = mkdtempSync(join(tmpdir(), "isthmus-guard-")));
const recovered = () => vi.waitFor(() => expect(events.at(-1)).toBe("the disk has room again"), 5_000);

beforeEach(() => {
  [doubts, merges, events, salvageFails] = [[], [], [], false];
  guard = new DiskGuard({
    folder: makeFolder(),
    setMerges: (allowed) => Promise.resolve(void merges.push(allowed)),
    alone: (work) => work(() => Promise.resolve([])),
    salvage: (_ask, doubt) => {
      doubts.push(doubt);
      return salvageFails ? Promise.reject(new Error("not yet")) : Promise.resolve([]);
    },
    onEvent: (event) => void events.push(event),
  });
});
afterEach(async () => {
  await guard.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("a write", () => {
  it("gives what it gives while the disk takes it", async () => {
    expect(await write(() => Promise.resolve(7))).toBe(7);
    await expect(write(fails(new Error("Code: 62. DB::Exception: Syntax")))).rejects.toThrow("Code: 62");
    expect(events).toEqual([]);
  });

  it("is not begun while the disk is full", async () => {
    rmSync(folder, { recursive: true });
    const work = vi.fn(() => Promise.resolve());
    await expect(write(work)).rejects.toThrow(DiskFull);
    expect(work).not.toHaveBeenCalled();
    expect(() => guard.mustBeCertain()).toThrow(DiskFull);
  });

  it("is in doubt where the disk was full after it, with what was there before", async () => {
    const full = write(() => Promise.resolve(rmSync(folder, { recursive: true })));
    await expect(full).rejects.toThrow("looked through");
    expect(doubts).toEqual([]);
    mkdirSync(folder);
    await recovered();
    expect(doubts).toMatchObject([{ before }]);
    expect(await write(() => Promise.resolve(7))).toBe(7);
  });

  it.each([
    { error: new Error("Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)") },
    { error: Object.assign(new Error("write"), { code: "ENOSPC" }) },
  ])("is in doubt where it fails for want of room, though there is room again: $error.message", async ({ error }) => {
    await expect(write(fails(error))).rejects.toThrow(DiskFull);
    await recovered();
    expect(doubts).toMatchObject([{ before }]);
  });
});

describe("a doubt", () => {
  it("rests merges until tables are looked through, however often that fails", async () => {
    salvageFails = true;
    await expect(write(fails(Object.assign(new Error("write"), { code: "EFBIG" })))).rejects.toThrow(DiskFull);
    await vi.waitFor(() => expect(doubts.length).toBeGreaterThan(1), 5_000);
    expect(merges).not.toContain(true);
    expect(() => guard.mustBeCertain()).toThrow(DiskFull);
    expect(events.filter((event) => event.includes("could not be put right"))).toHaveLength(1);
    salvageFails = false;
    await recovered();
    expect(merges.at(-1)).toBe(true);
    guard.mustBeCertain();
  });
});
