import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DiskFull, DiskGuard, type Background, type Doubt } from "./disk-guard";
import { KEPT_FREE_BYTES } from "./server-settings";
import type { TableFolders } from "./table-folders";

/** The folder in which the disk is tried: without it the disk takes nothing. */
let folder: string;
let guard: DiskGuard;
let doubts: Doubt[];
let allowed: Background[];
let noted: (TableFolders | undefined)[];
let events: string[];
let salvageFails = false;
let freeBytes: number;

const before = { entries: new Map([["table", new Set(["p_1_1_0"])]]), definitions: undefined };
const write = (work: () => Promise<unknown>) => guard.write({ look: () => before, work });
const fails = (error: Error) => () => Promise.reject(error);
const makeFolder = () => (folder = mkdtempSync(join(tmpdir(), "isthmus-guard-")));
const recovered = () => vi.waitFor(() => expect(events.at(-1)).toBe("the disk has room again"), 5_000);

beforeEach(() => {
  [doubts, allowed, noted, events, salvageFails] = [[], [], [], [], false];
  freeBytes = KEPT_FREE_BYTES;
  guard = new DiskGuard({
    folder: makeFolder(),
    freeBytes: () => Promise.resolve(freeBytes),
    allow: (background) => Promise.resolve(void allowed.push(background)),
    alone: (work) => work(() => Promise.resolve([])),
    salvage: {
      putRight: (_ask, doubt) => {
        doubts.push(doubt);
        return salvageFails ? Promise.reject(new Error("not yet")) : Promise.resolve([]);
      },
      isAnyAway: () => salvageFails,
    },
    note: { keep: (before) => void noted.push(before), forget: () => void noted.push(undefined) },
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
    expect(noted).toEqual([before, undefined, before, undefined]);
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
    expect(noted).toEqual([before]);
    mkdirSync(folder);
    await recovered();
    expect(noted).toEqual([before, undefined]);
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
    expect(new Set(allowed)).toEqual(new Set(["nothing"]));
    await expect(guard.everyTableThere()).rejects.toThrow(DiskFull);
    expect(() => guard.mustBeCertain()).toThrow(DiskFull);
    expect(events.filter((event) => event.includes("could not be put right"))).toHaveLength(1);
    salvageFails = false;
    await recovered();
    expect(allowed.slice(-2)).toEqual(["cleanup", "everything"]);
    guard.mustBeCertain();
    await guard.everyTableThere();
  });

  it("lets the engine clean up where there is too little room, once tables are looked through", async () => {
    freeBytes = KEPT_FREE_BYTES - 1;
    await expect(write(() => Promise.resolve())).rejects.toThrow("255 MiB are free");
    await vi.waitFor(() => expect(allowed.at(-1)).toBe("cleanup"), 5_000);
    await vi.waitFor(() => expect(noted).toEqual([undefined]));
    await expect(write(() => Promise.resolve())).rejects.toThrow(DiskFull);
    expect(doubts).toHaveLength(1);
    freeBytes = KEPT_FREE_BYTES;
    await recovered();
    expect(allowed).toEqual(["nothing", "cleanup", "everything"]);
    expect(doubts).toHaveLength(1);
  });

  it("is looked through before the guard stops, where that is possible", async () => {
    await expect(write(fails(Object.assign(new Error("write"), { code: "EFBIG" })))).rejects.toThrow(DiskFull);
    await guard.stop();
    expect(doubts).toHaveLength(1);
    expect(events.at(-1)).toBe("the disk has room again");
  });
});
