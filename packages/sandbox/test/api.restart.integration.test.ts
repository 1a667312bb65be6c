import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";
import { DurableStore } from "../src/store/object-store";
import { startTestCluster, temporaryFolder } from "./api/fixture";

const source = path.resolve(import.meta.dirname, "..");
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

async function bundle(entry: string, outfile: string): Promise<void> {
  const external = ["@aws-cdk/lambda-layer-kubectl-v35"];
  await build({
    entryPoints: [path.join(source, entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: banner },
    external,
    logLevel: "silent",
  });
}

interface Process {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly line: (holds: (line: string) => boolean) => Promise<string>;
}

function run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    listeners.forEach((listener) => listener());
  });
  const line = (holds: (line: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find(holds);
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      child.once("exit", () => reject(new Error(`the process ended: ${lines.slice(-3).join("\n")}`)));
      listeners.add(look);
      look();
    });
  return { child, lines, line };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
  return child.exitCode;
}

describe("what a restart finds", () => {
  const folder = temporaryFolder();
  const writing = path.join(folder, "writing.mjs");
  const main = path.join(folder, "main.mjs");

  beforeAll(async () => {
    await bundle("test/api/writing-process.ts", writing);
    await bundle("src/main.ts", main);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has every write that was answered, though the process was killed in mid-write", async () => {
    const dir = path.join(folder, "killed");
    let acknowledged = 0;
    for (let round = 1; round <= 5; round += 1) {
      const { child, lines, line } = run(writing, [dir]);
      const enough = acknowledged + 400 * round;
      await line((each) => Number(each.split(" ")[0]) >= enough);
      await stop(child, "SIGKILL");
      const last = (lines.at(-1) ?? "").split(" ");
      const store = DurableStore.open({ dir, now: Date.now });
      expect(store.resourceVersion).toBeGreaterThanOrEqual(Number(last[0]));
      expect(store.resourceVersion).toBeLessThanOrEqual(Number(last[0]) + 1);
      const object = store.get({ resource: "configmaps", namespace: "n", name: last[1] ?? "" });
      expect(Number(valueAt(object, "data", "round"))).toBeGreaterThanOrEqual(Number(last[2]));
      acknowledged = store.resourceVersion;
      store.close();
    }
  });

  it("drops a line that was cut off, and nothing else", () => {
    const dir = path.join(folder, "cut");
    const first = DurableStore.open({ dir, now: Date.now });
    for (const name of ["a", "b"])
      first.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "n" } });
    const journal = path.join(dir, "journal.jsonl");
    truncateSync(journal, statSync(journal).size - 5);
    const second = DurableStore.open({ dir, now: Date.now });
    expect(second.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["a"]);
    second.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "n" } });
    const third = DurableStore.open({ dir, now: Date.now });
    expect(third.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
  });

  it("is the same cluster: objects, tokens, addresses and certificates", async () => {
    const first = await startTestCluster();
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "a", image: "a:1" }] },
    };
    await first.request("POST", "/api/v1/namespaces/default/pods", { body: pod });
    const issued = await first.request("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    });
    const objects = () => ({
      pods: first.cluster.store.list("pods"),
      tiers: first.cluster.store.list("tiers.projectcalico.org"),
    });
    const before = objects();
    const certificate = readFileSync(path.join(first.stateDir, "ca.crt"), "utf8");
    await first.close();
    const second = await startTestCluster({ stateDir: first.stateDir });
    const after = {
      pods: second.cluster.store.list("pods"),
      tiers: second.cluster.store.list("tiers.projectcalico.org"),
    };
    expect(after).toEqual(before);
    expect(readFileSync(path.join(first.stateDir, "ca.crt"), "utf8")).toBe(certificate);
    const token = stringOf(valueAt(issued.body, "status", "token"));
    expect(await second.request("GET", "/version", { token })).toMatchObject({ code: 200 });
    await second.request("POST", "/api/v1/namespaces/default/pods", { body: { ...pod, metadata: { name: "q" } } });
    const created = await second.kubectl(["wait", "--for=condition=Ready", "pod/q", "--timeout=10s"]);
    expect(created).toMatchObject({ code: 0 });
    const addresses = second.cluster.store.list("pods").map((each) => valueAt(each, "status", "podIP"));
    expect(new Set(addresses).size).toBe(2);
    await second.destroy();
  });

  it("keeps private files private", async () => {
    const cluster = await startTestCluster();
    for (const file of ["keys.json", "kubeconfig", "store/journal.jsonl"]) {
      expect({ file, mode: statSync(path.join(cluster.stateDir, file)).mode & 0o777 }).toEqual({ file, mode: 0o600 });
    }
    await cluster.destroy();
  });

  it("runs as a process with the demo's clusters, stops cleanly and comes back after kill -9", async () => {
    const state = path.join(folder, "state");
    const env = { ISTHMUS_SANDBOX_STATE: state };
    const ready = async () => {
      const process = run(main, [], env);
      const line = objectOf(JSON.parse(await process.line((each) => each.includes('"ready"'))));
      return { ...process, clusters: objectsOf(line["clusters"]) };
    };
    const uids = (clusters: readonly JsonObject[]) =>
      clusters.map(({ name }) => readSystemUid(path.join(state, stringOf(name), "store")));
    const first = await ready();
    expect(first.clusters.map(({ name }) => name)).toEqual(["eu-west", "eu-central", "us-east"]);
    expect(first.clusters.every(({ kubeconfig }) => existsSync(stringOf(kubeconfig)))).toBe(true);
    await stop(first.child, "SIGKILL");
    const killed = uids(first.clusters);
    const second = await ready();
    const intruder = run(main, [], env);
    await once(intruder.child, "close");
    expect(intruder.lines.join("")).toContain(`is in use by the sandbox with process id ${second.child.pid}: stop it`);
    expect(await stop(second.child, "SIGTERM")).toBe(0);
    expect(uids(second.clusters)).toEqual(killed);
    const other = run(main, [], { ...env, ISTHMUS_SANDBOX_SCENARIO: "large" });
    await once(other.child, "close");
    expect(other.child.exitCode).toBe(1);
    expect(other.lines.join("")).toContain("was made from the scenario boutique, not from large: give that scenario");
  });

  it("ends with its parent where it is told to", async () => {
    const env = { ISTHMUS_SANDBOX_STATE: path.join(folder, "orphan"), ISTHMUS_EXIT_WITH_PARENT: "1" };
    const script = `require("node:child_process").spawn(process.execPath, [${JSON.stringify(main)}], { stdio: "inherit" })`;
    const parent = run("-e", [script], env);
    await parent.line((each) => each.includes('"ready"'));
    const lock = path.join(folder, "orphan", "sandbox.lock");
    expect(existsSync(lock)).toBe(true);
    // The sandbox holds the same output, which closes when it has ended too.
    const closed = once(parent.child, "close");
    parent.child.kill("SIGKILL");
    await closed;
    expect(existsSync(lock)).toBe(false);
  });

  it("names the setting that is wrong, and how to put it right", async () => {
    const rows = [
      { env: {}, message: "ISTHMUS_SANDBOX_STATE is not set: give the folder in which the sandbox keeps its clusters" },
      {
        env: { ISTHMUS_SANDBOX_STATE: folder, ISTHMUS_SANDBOX_BASE_PORT: "http" },
        message: "ISTHMUS_SANDBOX_BASE_PORT",
      },
      {
        env: { ISTHMUS_SANDBOX_STATE: folder, ISTHMUS_SANDBOX_SCENARIO: "/nowhere.yaml" },
        message: "ISTHMUS_SANDBOX_SCENARIO names /nowhere.yaml: there is no such file",
      },
    ];
    for (const { env, message } of rows) {
      const { child, lines } = run(main, [], env);
      await once(child, "close");
      expect(child.exitCode).toBe(1);
      expect(lines.join("\n")).toContain(message);
    }
  });
});

function readSystemUid(dir: string): string {
  const store = DurableStore.open({ dir, now: Date.now });
  return store.get({ resource: "namespaces", name: "kube-system" })?.metadata.uid ?? "";
}
