import { CORE_KINDS, type KubeObject } from "@isthmus/k8s";
import { inventoryDigests, refText } from "@isthmus/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inventory } from "./inventory";

const pod = (name: string, phase = "Running"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "n", uid: `uid-${name}` },
  status: { phase },
});
const LIMITS = { maxResources: 100, maxBytes: 1e6 };
const namesOf = (changes: ReturnType<Inventory["takeChanges"]>): string[] => [
  ...changes.upserts.map((state) => `+${state.ref?.name}`),
  ...changes.deletes.map((ref) => `-${ref.name}`),
];

describe("Inventory", () => {
  it("holds what its kind was said to hold, and drops what a new list does not name", () => {
    const inventory = new Inventory();
    inventory.replaced(CORE_KINDS.pods, [pod("a"), pod("b")]);
    inventory.digest();
    inventory.replaced(CORE_KINDS.pods, [pod("b"), pod("c")]);
    expect(namesOf(inventory.takeChanges(LIMITS))).toEqual(["+c", "-a"]);
    expect(inventory.size).toBe(2);
  });

  it("sends a resource that changed many times once, as it is now", () => {
    const inventory = new Inventory();
    inventory.digest();
    for (const phase of ["Pending", "Running", "Succeeded"]) inventory.upserted(pod("a", phase));
    const { upserts } = inventory.takeChanges(LIMITS);
    expect(upserts.map(({ body }) => JSON.parse(Buffer.from(body).toString()).status.phase)).toEqual(["Succeeded"]);
    expect(inventory.takeChanges(LIMITS).upserts).toEqual([]);
  });

  it("says nothing of what did not change", () => {
    const inventory = new Inventory();
    inventory.upserted(pod("a"));
    inventory.digest();
    inventory.upserted(pod("a"));
    expect(inventory.waiting).toBe(0);
  });

  it("keeps a delta within its limits and the rest for the next", () => {
    const inventory = new Inventory();
    inventory.digest();
    for (const name of ["a", "b", "c"]) inventory.upserted(pod(name));
    expect(namesOf(inventory.takeChanges({ maxResources: 2, maxBytes: 1e6 }))).toEqual(["+a", "+b"]);
    expect(namesOf(inventory.takeChanges({ maxResources: 2, maxBytes: 1 }))).toEqual(["+c"]);
  });

  it("records nothing without a session", () => {
    const inventory = new Inventory();
    inventory.upserted(pod("a"));
    expect(inventory.waiting).toBe(0);
    inventory.digest();
    inventory.upserted(pod("b"));
    inventory.stopRecording();
    expect(inventory.waiting).toBe(0);
  });

  it("brings a mirror that takes its deltas to the same digests", () => {
    const change = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), phase: fc.constantFrom("x", "y", "gone") });
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (before, after) => {
        const inventory = new Inventory();
        const mirror = new Map<
          string,
          { ref: NonNullable<ReturnType<Inventory["chunk"]>[number]["ref"]>; hash: Uint8Array }
        >();
        const act = ({ name, phase }: { name: string; phase: string }): void =>
          phase === "gone" ? inventory.deleted(pod(name)) : inventory.upserted(pod(name, phase));
        before.forEach(act);
        inventory.digest();
        for (let chunk = 0; chunk < 256; chunk += 1) {
          for (const { ref, hash } of inventory.chunk(chunk)) if (ref) mirror.set(refText(ref), { ref, hash });
        }
        after.forEach(act);
        const { upserts, deletes } = inventory.takeChanges(LIMITS);
        for (const { ref, hash } of upserts) if (ref) mirror.set(refText(ref), { ref, hash });
        for (const ref of deletes) mirror.delete(refText(ref));
        expect(inventoryDigests(mirror.values())).toEqual(inventory.digest());
      }),
    );
  });
});
