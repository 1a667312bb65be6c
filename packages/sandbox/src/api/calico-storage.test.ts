import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DurableStore } from "../store/object-store";
import type { KubeInput, StoreEvent } from "../store/types";
import { otherUid, withCalicoStorage } from "./calico-storage";
import type { ApiStore } from "./context";

const STORAGE = "globalnetworkpolicies.crd.projectcalico.org";
const SERVED = "globalnetworkpolicies.projectcalico.org";

const policy = (name: string, tier: string): KubeInput => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name, labels: { "projectcalico.org/tier": tier }, annotations: { team: "a" }, finalizers: ["x.test/y"] },
  spec: { tier, selector: "all()" },
});

let dir: string;
let durable: DurableStore;
let store: ApiStore;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-storage-"));
  durable = DurableStore.open({ dir, now: Date.now });
  store = withCalicoStorage(durable);
});
afterEach(() => {
  durable.close();
  rmSync(dir, { recursive: true, force: true });
});

const create = (resource: string, object: KubeInput) => {
  const made = store.create(resource, object);
  if (!made.ok) throw new Error(made.error.code);
  return made.value;
};

describe("Calico's storage", () => {
  it("turns the bits of a UID's bytes but those that say its kind, and back", () => {
    expect(otherUid("01020304-0506-4708-890a-0b0c0d0e0f80")).toBe("8040c020-a060-4710-8950-d030b070f001");
    const uid = "2f6e4a10-93bc-4d07-b1aa-5d0c7e9911f3";
    expect(otherUid(otherUid(uid))).toBe(uid);
  });

  it.each([
    { name: "plain", tier: "default", stored: "default.plain" },
    { name: "default.said", tier: "default", stored: "default.said" },
    { name: "team.web", tier: "team", stored: "team.web" },
  ])("names $name of tier $tier $stored and finds it by that", ({ name, tier, stored }) => {
    const made = create(SERVED, policy(name, tier));
    const found = store.get({ resource: STORAGE, name: stored });
    expect(found).toMatchObject({
      apiVersion: "crd.projectcalico.org/v1",
      metadata: { name: stored, uid: otherUid(made.metadata.uid), resourceVersion: made.metadata.resourceVersion },
      spec: { tier, selector: "all()" },
    });
    expect(store.list(STORAGE)).toEqual([found]);
  });

  it("keeps for Calico what Kubernetes does not, and gives it back when the same object is written", () => {
    create(SERVED, policy("plain", "default"));
    const stored = store.get({ resource: STORAGE, name: "default.plain" });
    if (!stored) throw new Error("it is not there");
    expect(stored.metadata.finalizers).toBeUndefined();
    expect(JSON.parse(stored.metadata.annotations?.["projectcalico.org/metadata"] ?? "")).toMatchObject({
      name: "plain",
      finalizers: ["x.test/y"],
    });
    const written = store.update(STORAGE, { ...stored, spec: { tier: "default", selector: "app == 'a'" } });
    expect(written).toMatchObject({
      ok: true,
      value: { metadata: { name: "default.plain", uid: stored.metadata.uid } },
    });
    expect(store.get({ resource: SERVED, name: "plain" })).toMatchObject({
      apiVersion: "projectcalico.org/v3",
      metadata: { annotations: { team: "a" }, finalizers: ["x.test/y"] },
      spec: { selector: "app == 'a'" },
    });
    expect(store.get({ resource: SERVED, name: "plain" })?.metadata.annotations).toEqual({ team: "a" });
  });

  it("reads a policy that was written there without Calico's annotation under its bare name", () => {
    const metadata = { name: "default.raw" };
    const raw = { apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy", metadata, spec: {} };
    expect(create(STORAGE, raw).metadata.name).toBe("default.raw");
    expect(store.get({ resource: SERVED, name: "raw" })?.apiVersion).toBe("projectcalico.org/v3");
    expect(store.delete({ resource: STORAGE, name: "default.raw" }).ok).toBe(true);
    expect(store.list(SERVED)).toEqual([]);
  });

  it("tells of changes in its own form, later ones and those that were missed", () => {
    const seen: StoreEvent[] = [];
    const stop = store.subscribe(STORAGE, (event) => seen.push(event));
    const from = store.resourceVersion;
    const made = create(SERVED, policy("plain", "default"));
    store.delete({ resource: SERVED, name: "plain" }, { uid: made.metadata.uid });
    stop();
    expect(seen.map(({ type, resource, object }) => [type, resource, object.metadata.name])).toEqual([
      ["ADDED", STORAGE, "default.plain"],
      ["DELETED", STORAGE, "default.plain"],
    ]);
    expect(store.eventsSince(STORAGE, from)).toEqual(seen);
  });

  it("refuses a deletion by the UID of the served form", () => {
    const made = create(SERVED, policy("plain", "default"));
    const key = { resource: STORAGE, name: "default.plain" };
    expect(store.delete(key, { uid: made.metadata.uid }).ok).toBe(false);
    expect(store.delete(key, { uid: otherUid(made.metadata.uid) }).ok).toBe(true);
  });
});
