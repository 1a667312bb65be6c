import { create } from "@bufbuild/protobuf";
import type { KubeError, KubeObject, KubernetesApi, ResourceKind, WriteOptions } from "@isthmus/k8s";
import {
  ApplyState,
  DesiredStateSchema,
  hashedBody,
  type DesiredState,
  type Json,
  type ResourceResult,
} from "@isthmus/protocol";
import { err, ok } from "@isthmus/std";
import { settle } from "@isthmus/std/testing";
import { describe, expect, it } from "vitest";
import { systemClock } from "../system-clock";
import { Applier } from "./applier";

const kubeError = (code: KubeError["code"], message: string, retryable = false): KubeError => ({
  code,
  status: 0,
  message,
  retryable,
});

/** The few answers of an API server that an applier meets, with switches for how it refuses. */
class Server {
  readonly objects = new Map<string, KubeObject>();
  readonly writes: string[] = [];
  reads = 0;
  servesApply = true;
  isUnreachable = false;
  refuse: ((name: string) => KubeError | undefined) | undefined;
  /** Called when a write is done, before its answer comes. */
  stored: ((key: string) => void) | undefined;
  #uid = 0;

  readonly api = {
    get: (kind: ResourceKind, { name }: { name: string }) => {
      this.reads += 1;
      if (this.isUnreachable) return Promise.resolve(err(kubeError("unreachable", "no route", true)));
      const found = this.objects.get(`${kind.plural}/${name}`);
      return Promise.resolve(found ? ok(found) : err(kubeError("not-found", `${name} not found`)));
    },
    create: (kind: ResourceKind, object: KubeObject) => {
      const refusal = this.refuse?.(object.metadata.name);
      if (refusal) return Promise.resolve(err(refusal));
      const key = `${kind.plural}/${object.metadata.name}`;
      if (this.objects.has(key)) return Promise.resolve(err(kubeError("already-exists", "exists")));
      return this.#store("create", key, object, `uid-${++this.#uid}`);
    },
    update: (kind: ResourceKind, object: KubeObject) => {
      const key = `${kind.plural}/${object.metadata.name}`;
      const known = this.objects.get(key);
      if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) {
        return Promise.resolve(err(kubeError("conflict", "changed meanwhile", true)));
      }
      return this.#store("update", key, object, known?.metadata.uid ?? "");
    },
    apply: (kind: ResourceKind, object: KubeObject, options?: WriteOptions) => {
      const key = `${kind.plural}/${object.metadata.name}`;
      if (!this.servesApply) return Promise.resolve(err(kubeError("not-found", "not found")));
      if (options?.dryRun) return Promise.resolve(ok(object));
      return this.#store("apply", key, object, this.objects.get(key)?.metadata.uid ?? "");
    },
    remove: (kind: ResourceKind, { name }: { name: string }, uid: string) => {
      const key = `${kind.plural}/${name}`;
      if (this.objects.get(key)?.metadata.uid !== uid)
        return Promise.resolve(err(kubeError("conflict", "another UID")));
      this.writes.push(`remove ${key}`);
      this.objects.delete(key);
      return Promise.resolve(ok(undefined));
    },
  } as unknown as KubernetesApi;

  #store(verb: string, key: string, object: KubeObject, uid: string) {
    this.writes.push(`${verb} ${key}`);
    const resourceVersion = String(this.writes.length);
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion } };
    this.objects.set(key, stored);
    this.stored?.(key);
    return Promise.resolve(ok(stored));
  }
}

const set = (name: string, net = "10.0.0.1/32") => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkSet",
  metadata: { name },
  spec: { nets: [net] },
});
const refTo = (name: string) => ({ apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkSet", namespace: "", name });

function state(
  revision: number,
  upserts: { manifest: ReturnType<typeof set>; position: number; recordedUid?: string }[],
  more: { base?: number; removals?: { name: string; recordedUid: string; position: number }[] } = {},
): DesiredState {
  return create(DesiredStateSchema, {
    revision: BigInt(revision),
    baseRevision: BigInt(more.base ?? 0),
    upserts: upserts.map(({ manifest, position, recordedUid = "" }) => ({
      ref: refTo(manifest.metadata.name),
      ...hashedBody(manifest as unknown as Json),
      position,
      recordedUid,
    })),
    removals: (more.removals ?? []).map(({ name, recordedUid, position }) => ({
      ref: refTo(name),
      recordedUid,
      position,
    })),
  });
}

const CLUSTER = "0d3c7a52-1111-4222-8333-444455556666";

async function scene(
  run: (parts: {
    server: Server;
    applier: Applier;
    until: (expected: Record<string, string>) => Promise<void>;
    results: Map<string, ResourceResult>;
  }) => Promise<void>,
  readOnly = false,
): Promise<void> {
  const server = new Server();
  const results = new Map<string, ResourceResult>();
  let told: () => void = () => undefined;
  const applier = new Applier({
    api: server.api,
    clock: systemClock,
    random: () => 0,
    clusterId: () => CLUSTER,
    readOnly: () => readOnly,
    report: (_, some) => {
      for (const result of some) results.set(result.ref?.name ?? "", result);
      told();
    },
  });
  const stop = new AbortController();
  const running = applier.run(stop.signal);
  const until = async (expected: Record<string, string>): Promise<void> => {
    const holds = (): boolean =>
      Object.entries(expected).every(([name, is]) => ApplyState[results.get(name)?.state ?? 0] === is);
    while (!holds()) await new Promise<void>((resolve) => (told = resolve));
  };
  await run({ server, applier, until, results });
  stop.abort();
  await running;
}

describe("Applier", () => {
  it("works in the order of positions, removals last", () =>
    scene(async ({ server, applier, until }) => {
      applier.receive(
        state(1, [
          { manifest: set("b"), position: 2 },
          { manifest: set("a"), position: 1 },
        ]),
      );
      await until({ a: "APPLIED", b: "APPLIED" });
      const uid = server.objects.get("globalnetworksets/a")?.metadata.uid ?? "";
      applier.receive(
        state(2, [{ manifest: set("c"), position: 3 }], {
          base: 1,
          removals: [{ name: "a", recordedUid: uid, position: 0 }],
        }),
      );
      await until({ a: "REMOVED", c: "APPLIED" });
      expect(server.writes.map((each) => each.replace("globalnetworksets/", ""))).toEqual([
        "create a",
        "create b",
        "create c",
        "remove a",
      ]);
    }));

  it("holds later positions back while one fails, and goes on when it is put right", () =>
    scene(async ({ server, applier, until, results }) => {
      server.refuse = (name) => (name === "a" ? kubeError("invalid", "spec.nets: bad") : undefined);
      applier.receive(
        state(1, [
          { manifest: set("a"), position: 1 },
          { manifest: set("b"), position: 1 },
          { manifest: set("c"), position: 2 },
        ]),
      );
      await until({ a: "FAILED", b: "APPLIED", c: "PENDING" });
      expect(results.get("a")?.message).toBe("spec.nets: bad");
      expect(results.get("c")?.message).toBe("waits for GlobalNetworkSet a");
      server.refuse = undefined;
      applier.receive(state(2, [{ manifest: set("a", "10.0.0.2/32"), position: 1 }], { base: 1 }));
      await until({ a: "APPLIED", c: "APPLIED" });
    }));

  it("removes between writes where the plan says so, and a removal that fails holds back what comes later", () =>
    scene(async ({ server, applier, until, results }) => {
      applier.receive(state(1, [{ manifest: set("old"), position: 1 }]));
      await until({ old: "APPLIED" });
      const removals = (recordedUid: string) => [{ name: "old", recordedUid, position: 2 }];
      applier.receive(
        state(
          2,
          [
            { manifest: set("a"), position: 1 },
            { manifest: set("b"), position: 2 },
            { manifest: set("c"), position: 3 },
          ],
          { base: 1, removals: removals("uid-1") },
        ),
      );
      await until({ a: "APPLIED", b: "APPLIED", old: "REMOVED", c: "APPLIED" });
      const written = server.writes.map((each) => each.replace("globalnetworksets/", ""));
      expect(written.slice(2, 4).toSorted()).toEqual(["create b", "remove old"]);
      expect([written[1], written[4]]).toEqual(["create a", "create c"]);
      server.refuse = (name) => (name === "d" ? kubeError("invalid", "spec.nets: bad") : undefined);
      applier.receive(
        state(3, [{ manifest: set("d"), position: 2 }], {
          base: 2,
          removals: [{ name: "a", recordedUid: "uid-2", position: 3 }],
        }),
      );
      await until({ d: "FAILED", a: "PENDING" });
      expect(results.get("a")?.message).toBe("waits for GlobalNetworkSet d");
      expect(server.objects.has("globalnetworksets/a")).toBe(true);
    }));

  it("does not call pending what is in force and only moved behind a step that fails", () =>
    scene(async ({ server, applier, until, results }) => {
      applier.receive(state(1, [{ manifest: set("c"), position: 1 }]));
      await until({ c: "APPLIED" });
      server.refuse = (name) => (name === "a" ? kubeError("invalid", "spec.nets: bad") : undefined);
      applier.receive(
        state(
          2,
          [
            { manifest: set("a"), position: 1 },
            { manifest: set("c"), position: 2 },
            { manifest: set("d"), position: 3 },
          ],
          { base: 1 },
        ),
      );
      await until({ a: "FAILED", d: "PENDING" });
      expect(results.get("c")?.state).toBe(ApplyState.APPLIED);
    }));

  it("tries again by itself what the server may accept later", () =>
    scene(async ({ server, applier, until }) => {
      let refusals = 2;
      server.refuse = () => (refusals-- > 0 ? kubeError("server", "etcd is busy", true) : undefined);
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "FAILED" });
      await until({ a: "APPLIED" });
    }));

  it.each([
    { name: "by server-side apply where that works", servesApply: true, verb: "apply" },
    { name: "by a conditional update where the server refuses it", servesApply: false, verb: "update" },
  ])("updates $name", ({ servesApply, verb }) =>
    scene(async ({ server, applier, until, results }) => {
      server.servesApply = servesApply;
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "APPLIED" });
      results.clear();
      applier.receive(state(2, [{ manifest: set("a", "10.0.0.9/32"), position: 1 }], { base: 1 }));
      await until({ a: "APPLIED" });
      expect(server.writes).toEqual(["create globalnetworksets/a", `${verb} globalnetworksets/a`]);
      expect(server.objects.get("globalnetworksets/a")).toMatchObject({
        spec: { nets: ["10.0.0.9/32"] },
        metadata: { uid: "uid-1" },
      });
    }),
  );

  it("reports drift once and does not repair it until it is asked again", () =>
    scene(async ({ server, applier, until, results }) => {
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "APPLIED" });
      const key = "globalnetworksets/a";
      const changed = { ...server.objects.get(key)!, spec: { nets: ["6.6.6.6/32"] } };
      server.objects.set(key, changed);
      applier.noticed("projectcalico.org/v3|GlobalNetworkSet||a", changed);
      await until({ a: "DRIFTED" });
      applier.receive(state(1, [{ manifest: set("a"), position: 1, recordedUid: "uid-1" }]));
      await until({ a: "DRIFTED" });
      expect(server.writes).toHaveLength(1);
      results.clear();
      applier.receive(state(2, [{ manifest: set("a"), position: 1, recordedUid: "uid-1" }], { base: 1 }));
      await until({ a: "APPLIED" });
      expect(server.objects.get(key)).toMatchObject({ spec: { nets: ["10.0.0.1/32"] } });
    }));

  it("notices that somebody removed what is ours", () =>
    scene(async ({ server, applier, until, results }) => {
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "APPLIED" });
      server.objects.clear();
      applier.noticed("projectcalico.org/v3|GlobalNetworkSet||a", undefined);
      await until({ a: "DRIFTED" });
      expect(results.get("a")?.message).toContain("removed");
      expect(server.writes).toHaveLength(1);
    }));

  it("looks again at what somebody changed between its write and the answer to it", () =>
    scene(async ({ server, applier, until }) => {
      server.stored = (key) => {
        server.stored = undefined;
        const written = server.objects.get(key)!;
        const changed = { ...written, spec: { nets: ["6.6.6.6/32"] } };
        server.objects.set(key, changed);
        applier.noticed("projectcalico.org/v3|GlobalNetworkSet||a", changed);
      };
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "DRIFTED" });
    }));

  it("makes what is wanted as soon as the stranger of that name is gone", () =>
    scene(async ({ server, applier, until }) => {
      const { apiVersion, kind, spec } = set("a", "6.6.6.6/32");
      server.objects.set("globalnetworksets/a", { apiVersion, kind, spec, metadata: { name: "a", uid: "theirs" } });
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "NOT_OURS" });
      server.objects.clear();
      applier.noticed("projectcalico.org/v3|GlobalNetworkSet||a", undefined);
      await until({ a: "APPLIED" });
      expect(server.writes).toEqual(["create globalnetworksets/a"]);
    }));

  it("removes nothing that a complete state merely does not name", () =>
    scene(async ({ server, applier, until }) => {
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "APPLIED" });
      applier.receive(state(2, [{ manifest: set("b"), position: 1 }]));
      await until({ b: "APPLIED" });
      expect([...server.objects.keys()]).toEqual(["globalnetworksets/a", "globalnetworksets/b"]);
    }));

  it("refuses a difference to a revision that it does not hold", () =>
    scene(async ({ applier }) => {
      expect(applier.receive(state(5, [], { base: 4 }))).toBe(false);
      expect(applier.revision).toBe(0n);
      await Promise.resolve();
    }));

  it("writes nothing where Calico's kinds are served only from its internal group", () =>
    scene(async ({ server, applier, until }) => {
      applier.receive(state(1, [{ manifest: set("a"), position: 1 }]));
      await until({ a: "READ_ONLY" });
      expect(server.writes).toEqual([]);
    }, true));

  it("finds what a watch never told by looking at regular times, says it once, and leaves it", () =>
    scene(async ({ server, applier, until, results }) => {
      applier.receive(
        state(
          1,
          ["a", "b"].map((name) => ({ manifest: set(name), position: 1 })),
        ),
      );
      await until({ a: "APPLIED", b: "APPLIED" });
      const looked = async (): Promise<void> => {
        const reads = server.reads;
        applier.checkAll();
        await expect.poll(() => server.reads).toBe(reads + 2);
        await settle();
      };
      results.clear();
      await looked();
      expect(results.size).toBe(0);
      const made = server.objects.get("globalnetworksets/a");
      const changed = { ...set("a", "10.9.9.9/32"), metadata: made?.metadata ?? { name: "a" } };
      server.objects.set("globalnetworksets/a", changed);
      server.isUnreachable = true;
      await looked();
      expect(results.size).toBe(0);
      server.isUnreachable = false;
      await looked();
      await until({ a: "DRIFTED" });
      expect(results.get("a")?.message).toBe('somebody else changed spec.nets[0]: "10.0.0.1/32" → "10.9.9.9/32"');
      expect([...results.keys()]).toEqual(["a"]);
      results.clear();
      await looked();
      expect(results.size).toBe(0);
      expect(server.writes).toHaveLength(2);
      server.objects.delete("globalnetworksets/b");
      await looked();
      await until({ b: "DRIFTED" });
      expect(results.get("b")?.message).toBe("somebody else removed it");
    }));
});
