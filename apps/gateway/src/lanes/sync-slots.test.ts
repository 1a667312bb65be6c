import { turnedClock } from "@isthmus/std/testing";
import { describe, expect, it } from "vitest";
import { createSyncSlots, type SyncSlot } from "./sync-slots";

function harness(width = 2) {
  const clock = turnedClock();
  const slots = createSyncSlots({ clock, width, idleMs: 1_000 });
  const entered: string[] = [];
  const held = new Map<string, SyncSlot>();
  const stops = new Map<string, AbortController>();
  const take = (name: string): void => {
    const stop = new AbortController();
    stops.set(name, stop);
    void slots.take(stop.signal).then(
      (slot) => {
        entered.push(name);
        held.set(name, slot);
      },
      () => entered.push(`not ${name}`),
    );
  };
  return { clock, slots, entered, held, stops, take };
}

describe("places for full syncs", () => {
  it("are as many as there may be, and go to who waits longest", async () => {
    const { clock, slots, entered, held, take } = harness();
    for (const name of ["a", "b", "c", "d"]) take(name);
    await clock.turn(0);
    expect(entered).toEqual(["a", "b"]);
    expect([slots.taken, slots.waiting]).toEqual([2, 2]);
    held.get("b")?.release();
    held.get("b")?.release();
    await clock.turn(0);
    expect(entered).toEqual(["a", "b", "c"]);
    expect([slots.taken, slots.waiting]).toEqual([2, 1]);
  });

  it("are not given to who has left", async () => {
    const { clock, slots, entered, held, stops, take } = harness(1);
    for (const name of ["a", "b", "c"]) take(name);
    stops.get("b")?.abort();
    held.get("a")?.release();
    await clock.turn(0);
    held.get("a")?.release();
    await clock.turn(0);
    expect(entered).toEqual(["a", "not b", "c"]);
    expect(slots.taken).toBe(1);
  });

  it("pass on when nothing is sent for a while, and only then", async () => {
    const { clock, slots, entered, held, take } = harness(1);
    for (const name of ["a", "b"]) take(name);
    await clock.turn(900);
    held.get("a")?.touch();
    await clock.turn(900);
    slots.tick();
    await clock.turn(0);
    expect(entered).toEqual(["a"]);
    await clock.turn(100);
    slots.tick();
    await clock.turn(0);
    expect(entered).toEqual(["a", "b"]);
    held.get("a")?.release();
    expect(slots.taken).toBe(1);
  });
});
