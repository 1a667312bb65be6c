import * as https from "node:https";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isReady } from "../src/controllers/pods";
import { objectOf, stringOf } from "../src/json";
import { generate } from "../src/scenario/generate";
import { DurableStore } from "../src/store/object-store";
import { smallScenario, startTestCluster, until, type TestCluster } from "./api/fixture";

afterEach(() => void vi.restoreAllMocks());

const names = ["one", "two", "three"];

/** Starts a cluster that is to have so many pods. */
function start(pods: number): Promise<TestCluster> {
  const wanted = { namespaces: 3, deployments: pods / 20, replicas: { from: 1, to: 40 }, pods, policies: 0 };
  const scenario = {
    ...smallScenario,
    podCidr: "10.50.0.0/16",
    serviceCidr: "10.150.0.0/16",
    nodes: names,
    nodeSettings: Object.fromEntries(names.map((name) => [name, { pods: 1_000 }])),
    manifests: generate(wanted, 1),
  };
  return startTestCluster({ scenario });
}

/** How many objects controllers walked through in lists for each pod that they brought up. */
async function walkedPerPod(pods: number): Promise<number> {
  let walked = 0;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the store that it was found on
  const { list } = DurableStore.prototype;
  vi.spyOn(DurableStore.prototype, "list").mockImplementation(function (this: DurableStore, resource, namespace) {
    const found = list.call(this, resource, namespace);
    walked += found.length;
    return found;
  });
  const started = await start(pods);
  await allReady(started, pods);
  vi.restoreAllMocks();
  await started.destroy();
  return walked / pods;
}

/** Counts by events: a list would be counted with those of the controllers. */
function allReady(started: TestCluster, pods: number): Promise<void> {
  const ready = new Set<string>();
  started.cluster.store.subscribe("pods", ({ object }) => {
    if (isReady(object)) ready.add(object.metadata.uid);
  });
  return until(started, () => ready.size === pods);
}

describe("a larger cluster", () => {
  it("costs as much for each pod as a small one", async () => {
    const [few, many] = [await walkedPerPod(100), await walkedPerPod(800)];
    expect(few).toBeGreaterThan(0);
    expect(many / few).toBeLessThan(1.5);
  });

  it("tells every watcher of every change, in order", async () => {
    const started = await start(100);
    await allReady(started, 100);
    const pods = started.cluster.store.list("pods");
    const keys = objectOf(JSON.parse(readFileSync(path.join(started.stateDir, "keys.json"), "utf8")));
    const watchers = await Promise.all(Array.from({ length: 50 }, () => watch(started, keys)));
    const versions: string[] = [];
    started.cluster.store.subscribe("pods", ({ object }) => versions.push(object.metadata.resourceVersion));
    for (let round = 0; round < 4; round += 1) {
      for (const { metadata } of pods) {
        const live = started.cluster.store.get({
          resource: "pods",
          namespace: metadata.namespace,
          name: metadata.name,
        });
        if (!live) throw new Error("a pod is gone");
        const annotations = { round: String(round) };
        started.cluster.store.update("pods", { ...live, metadata: { ...live.metadata, annotations } });
      }
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    expect(versions).toHaveLength(400);
    for (const watcher of watchers) expect(await watcher.sees(400)).toEqual(versions);
    watchers.forEach((watcher) => watcher.end());
    await started.destroy();
  });
});

async function watch({ apiUrl, cluster: { store } }: TestCluster, keys: ReturnType<typeof objectOf>) {
  const [authority, admin] = [objectOf(keys["authority"]), objectOf(keys["admin"])];
  const url = new URL(`/api/v1/pods?watch=true&resourceVersion=${store.resourceVersion}`, apiUrl);
  const [ca, cert] = [stringOf(authority["certificate"]), stringOf(admin["certificate"])];
  const request = https.get(url, { ca, cert, key: stringOf(admin["privateKey"]), agent: false });
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  const versions: string[] = [];
  let rest = "";
  let heard = () => {};
  response.on("data", (piece: Buffer) => {
    const lines = (rest + piece.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = JSON.parse(line) as { object: { metadata: { resourceVersion: string } } };
      versions.push(event.object.metadata.resourceVersion);
    }
    heard();
  });
  response.on("error", () => {});
  return {
    end: () => request.destroy(),
    sees: (count: number) =>
      new Promise<readonly string[]>((resolve) => {
        heard = () => {
          if (versions.length >= count) resolve(versions);
        };
        heard();
      }),
  };
}
