import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CALICO_KINDS,
  CORE_KINDS,
  createKubernetesApi,
  followCollection,
  loadAccess,
  type ClusterAccess,
  type KubeObject,
} from "@isthmus/k8s";
import { parse, stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../src/system-clock";
import { agentToken, filledManifest, install } from "./support/install";
import { startSandbox, type RunningSandbox } from "./support/sandbox";
import { waitFor } from "./support/wait-for";

const home = mkdtempSync(join(tmpdir(), "isthmus-k8s-test-"));
let sandbox: RunningSandbox;
let admin: ClusterAccess;

const setOf = (name: string, net: string): KubeObject => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkSet",
  metadata: { name },
  spec: { nets: [net] },
});

async function accessFrom(kubeconfig: string): Promise<ClusterAccess> {
  const access = await loadAccess({ kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  return access.value;
}

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await accessFrom(sandbox.kubeconfig);
}, 120_000);

afterAll(async () => {
  await sandbox?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("the Kubernetes API of a sandbox cluster", () => {
  it("refuses a server that another authority has signed", async () => {
    const other = await accessFrom(sandbox.cluster("eu-central").kubeconfig);
    const api = createKubernetesApi({ ...admin, ...(other.ca === undefined ? {} : { ca: other.ca }) });
    const answer = await api.serverVersion();
    expect(answer).toMatchObject({ ok: false, error: { code: "unreachable", retryable: true } });
    api.close();
  });

  it("reads a rotated token when the old one is refused", async () => {
    const values = { grantSecretBase64: "", caBundle: "", imagePullPolicy: "Never" };
    const blank = new Proxy(values as Record<string, string>, { get: (found, name: string) => found[name] ?? "x" });
    await install(sandbox.api, filledManifest(blank));
    const good = await agentToken(sandbox.api);
    const tokenFile = join(home, "token");
    writeFileSync(tokenFile, "stale");
    const path = join(home, "kubeconfig");
    const config = parse(readFileSync(sandbox.kubeconfig, "utf8")) as { users: { name: string; user: unknown }[] };
    config.users = config.users.map(({ name }) => ({ name, user: { tokenFile: "token" } }));
    writeFileSync(path, stringify(config));
    const api = createKubernetesApi(await accessFrom(path));
    expect(await api.get(CORE_KINDS.namespaces, { name: "kube-system" })).toMatchObject({
      ok: false,
      error: { code: "unauthorized" },
    });
    writeFileSync(tokenFile, good);
    expect((await api.get(CORE_KINDS.namespaces, { name: "kube-system" })).ok).toBe(true);
    const secrets = await api.list(CORE_KINDS.secrets, {});
    expect(secrets).toMatchObject({ ok: false, error: { code: "forbidden" } });
    expect(await api.mayI({ verb: "create", group: "projectcalico.org", resource: "tiers" })).toEqual({
      ok: true,
      value: true,
    });
    expect(await api.mayI({ verb: "list", group: "", resource: "secrets" })).toEqual({ ok: true, value: false });
    api.close();
  });

  it("writes with preconditions", async () => {
    const { api } = sandbox;
    const kind = CALICO_KINDS.globalNetworkSets;
    const made = await api.create(kind, setOf("k8s-test", "10.0.0.1/32"));
    if (!made.ok) throw new Error(made.error.message);
    expect(await api.create(kind, setOf("k8s-test", "10.0.0.2/32"))).toMatchObject({
      ok: false,
      error: { code: "already-exists" },
    });
    const newer = await api.update(kind, { ...made.value, spec: { nets: ["10.0.0.3/32"] } });
    expect(newer.ok).toBe(true);
    expect(await api.update(kind, { ...made.value, spec: { nets: ["10.0.0.4/32"] } })).toMatchObject({
      ok: false,
      error: { code: "conflict" },
    });
    expect(await api.remove(kind, { name: "k8s-test" }, "another-uid")).toMatchObject({
      ok: false,
      error: { code: "conflict" },
    });
    const applied = {
      ...setOf("k8s-test", "10.0.0.5/32"),
      metadata: { name: "k8s-test", uid: made.value.metadata.uid ?? "" },
    };
    expect((await api.apply(kind, applied, { dryRun: true })).ok).toBe(true);
    const before = await api.get(kind, { name: "k8s-test" });
    expect(before.ok && before.value["spec"]).toMatchObject({ nets: ["10.0.0.3/32"] });
    expect(await api.apply(kind, { ...applied, metadata: { name: "k8s-test", uid: "another-uid" } })).toMatchObject({
      ok: false,
      error: { code: "conflict" },
    });
    expect((await api.apply(kind, applied)).ok).toBe(true);
    expect((await api.remove(kind, { name: "k8s-test" }, made.value.metadata.uid ?? "")).ok).toBe(true);
  });

  it("follows a collection page by page, then change by change", async () => {
    const { api } = sandbox;
    const held = new Map<string, KubeObject>();
    let lists = 0;
    const stop = new AbortController();
    const following = followCollection(api, {
      kind: CORE_KINDS.pods,
      keep: (object) => object,
      clock: systemClock,
      random: Math.random,
      signal: stop.signal,
      pageSize: 5,
      listener: {
        replaced: (objects) => {
          lists += 1;
          held.clear();
          for (const object of objects) held.set(object.metadata.uid ?? "", object);
        },
        upserted: (object) => held.set(object.metadata.uid ?? "", object),
        deleted: (object) => held.delete(object.metadata.uid ?? ""),
        failed: () => undefined,
      },
    });
    await waitFor("the first list", () => lists > 0);
    const all = await api.list(CORE_KINDS.pods, {});
    if (!all.ok) throw new Error(all.error.message);
    expect(all.value.items.length).toBeGreaterThan(5);
    expect([...held.keys()].toSorted()).toEqual(all.value.items.map(({ metadata }) => metadata.uid ?? "").toSorted());
    const victim = all.value.items.find(({ metadata }) => metadata.namespace === "boutique");
    await api.remove(
      CORE_KINDS.pods,
      victim!.metadata as { namespace: string; name: string },
      victim!.metadata.uid ?? "",
    );
    await waitFor("the pod to go", () => !held.has(victim!.metadata.uid ?? ""));
    await waitFor("its successor", () => held.size === all.value.items.length);
    expect(lists).toBe(1);
    stop.abort();
    await following;
  });
});
