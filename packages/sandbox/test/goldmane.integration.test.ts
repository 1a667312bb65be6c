import { once } from "node:events";
import { createConnection } from "node:net";
import {
  Code,
  ConnectError,
  createGoldmaneClient,
  type FlowResult,
  type GoldmaneClient,
  type MutualTls,
} from "@isthmus/goldmane-api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createAuthority, issueCertificate } from "../src/auth/pki";
import { startDataplane } from "../src/dataplane";
import { demoScenario } from "../src/demo";
import { ensureGoldmaneCredentials } from "../src/goldmane/credentials";
import { Goldmane } from "../src/goldmane/goldmane";
import { serveGoldmane } from "../src/goldmane/service";
import { BUCKET_COUNT } from "../src/goldmane/timing";
import { objectsOf, stringOf, valueAt } from "../src/json";
import type { RunningDataplane, SandboxCluster } from "../src/scenario-types";
import { turnedClock } from "@isthmus/std/testing";
import type { ObjectStore } from "../src/store/types";
import { materialise } from "./mesh-fixture";

const SERVER_NAME = "goldmane.calico-system.svc";
const T0 = 1_800_000_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const fromBase64 = (value: unknown): string => Buffer.from(stringOf(value), "base64").toString("utf8");

/** What the agent's manifest names: a client pair and the authority's bundle, read from the cluster. */
function credentialsIn(store: ObjectStore): MutualTls {
  const at = { namespace: "calico-system" };
  const pair = store.get({ ...at, resource: "secrets", name: "whisker-backend-key-pair" });
  const bundle = store.get({ ...at, resource: "configmaps", name: "goldmane-ca-bundle" });
  return {
    ca: stringOf(valueAt(bundle, "data", "tigera-ca-bundle.crt")),
    cert: fromBase64(valueAt(pair, "data", "tls.crt")),
    key: fromBase64(valueAt(pair, "data", "tls.key")),
  };
}

function connect(address: string, tls: MutualTls, serverName = SERVER_NAME): GoldmaneClient {
  const client = createGoldmaneClient({ address, serverName, tls });
  closing.push(() => client.close());
  return client;
}

const euCentral = (): SandboxCluster => {
  const scenario = demoScenario.clusters.find(({ name }) => name === "eu-central");
  if (scenario === undefined) throw new Error("the demo has no eu-central");
  return materialise(scenario);
};

async function serve() {
  const { store } = euCentral();
  const clock = turnedClock(T0 * 1000);
  const goldmane = new Goldmane({ bucketSeconds: 15, bucketCount: BUCKET_COUNT, lagBuckets: 2 }, clock.now());
  const server = serveGoldmane(goldmane, await ensureGoldmaneCredentials(store, Date.now()), clock);
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.close());
  const advance = async (seconds: number): Promise<void> => {
    await clock.turn(seconds * 1000);
    goldmane.advance(clock.now());
  };
  return { store, goldmane, server, advance, address: `127.0.0.1:${port}` };
}

/** Sends flows as a Felix would, and waits for every receipt. */
async function collect(
  client: GoldmaneClient,
  flows: readonly { readonly dest: string; readonly at: number }[],
): Promise<void> {
  async function* updates() {
    for (const { dest, at } of flows) {
      yield {
        flow: {
          Key: {
            sourceName: "web-*",
            sourceNamespace: "shop",
            destName: dest,
            destNamespace: "-",
            destPort: 80n,
            proto: "tcp",
          },
          startTime: BigInt(T0 + at),
          numConnectionsStarted: 1n,
        },
      };
    }
  }
  let receipts = 0;
  for await (const _receipt of client.collector.connect(updates())) receipts += 1;
  expect(receipts).toBe(flows.length);
}

const spell = ({ flow }: FlowResult): string => `${Number(flow?.startTime) - T0} ${flow?.Key?.destName}`;

/** Reads a stream in the background. */
function read(client: GoldmaneClient, startTimeGte: bigint) {
  const results: string[] = [];
  const abort = new AbortController();
  closing.push(() => abort.abort());
  const ended = (async () => {
    for await (const result of client.flows.stream({ startTimeGte }, { signal: abort.signal }))
      results.push(spell(result));
  })();
  ended.catch(() => undefined);
  return {
    results,
    ended,
    count: (count: number) => vi.waitFor(() => expect(results.length).toBeGreaterThanOrEqual(count)),
  };
}

describe("Goldmane over gRPC with mutual TLS", () => {
  it("takes flows from a collector, lists them, and streams history and then each bucket once", async () => {
    const { store, address, advance } = await serve();
    const client = connect(address, credentialsIn(store));
    await collect(client, [
      { dest: "a", at: 1 },
      { dest: "a", at: 2 },
      { dest: "b", at: 3 },
    ]);
    await advance(15);
    await collect(client, [{ dest: "c", at: 16 }]);
    await advance(15);
    const live = read(client, BigInt(T0));
    await live.count(2);
    // now the stream is open: what is late for a bucket that was sent is not streamed, but listed
    await collect(client, [{ dest: "late", at: 4 }]);
    await collect(client, [{ dest: "d", at: 31 }]);
    await advance(15);
    await advance(15);
    await live.count(4);
    expect(live.results).toEqual(["0 a", "0 b", "15 c", "30 d"]);
    const listed = await client.flows.list({ startTimeGte: BigInt(T0), startTimeLt: BigInt(T0 + 15) });
    expect(listed.flows.map(spell)).toEqual(["0 a", "0 b", "0 late"]);
    expect(listed.flows[0]?.flow?.numConnectionsStarted).toBe(2n);
    expect(listed.flows[0]?.flow?.Key?.destNamespace).toBe("");
    expect(Number(listed.meta?.totalResults)).toBe(3);
  });

  it("answers hints, and says what it has nothing of and what it refuses", async () => {
    const { store, address, advance } = await serve();
    const client = connect(address, credentialsIn(store));
    await collect(client, [{ dest: "a", at: 1 }]);
    await advance(15);
    expect((await client.flows.filterHints({ type: 1 })).hints.map(({ value }) => value)).toEqual(["a"]);
    const code = (error: unknown): Code => ConnectError.from(error).code;
    const statistics = (async () => {
      for await (const _ of client.statistics.list({}));
    })();
    expect(await statistics.catch(code)).toBe(Code.NotFound);
    expect(await client.flows.list({ startTimeGte: BigInt(T0 + 900) }).catch(code)).toBe(Code.InvalidArgument);
    expect(await client.flows.filterHints({}).catch(code)).toBe(Code.InvalidArgument);
  });

  it("ends its streams when it stops", async () => {
    const { store, goldmane, address, advance } = await serve();
    const client = connect(address, credentialsIn(store));
    await collect(client, [{ dest: "a", at: 1 }]);
    await advance(45);
    const reading = read(client, BigInt(T0));
    await reading.count(1);
    goldmane.endStreams();
    await reading.ended;
    expect(reading.results).toEqual(["0 a"]);
  });

  it("ends while somebody is connected who never shakes hands", async () => {
    const { server, address } = await serve();
    const [host = "", port] = address.split(":");
    const socket = createConnection({ host, port: Number(port) });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const gone = once(socket, "close");
    await server.close();
    await gone;
  });
});

describe("certificates", () => {
  const refused = async (address: string, tls: MutualTls, serverName?: string): Promise<string> => {
    const client = connect(address, tls, serverName);
    return client.flows.list({}, { timeoutMs: 5_000 }).then(
      () => "answered",
      (error: unknown) => ConnectError.from(error).message,
    );
  };

  it("of another authority are refused, on either side, and so is another name", async () => {
    const { store, address } = await serve();
    const good = credentialsIn(store);
    expect(await refused(address, good)).toBe("answered");
    const foreign = await createAuthority("someone-else", Date.now());
    const pair = await issueCertificate(foreign, { commonName: "whisker-backend", usage: "client", now: Date.now() });
    const strange = { cert: pair.certificate, key: pair.privateKey };
    expect(await refused(address, { ...good, ...strange })).not.toBe("answered");
    expect(await refused(address, { ...good, ca: foreign.certificate })).toMatch(
      /self-signed|unable to verify|issuer/u,
    );
    expect(await refused(address, good, "not-goldmane.example")).toMatch(/altnames|does not match/iu);
  });

  it("are kept when the cluster starts again", async () => {
    const { store } = euCentral();
    const first = await ensureGoldmaneCredentials(store, Date.now());
    const client = credentialsIn(store);
    expect(await ensureGoldmaneCredentials(store, Date.now())).toEqual(first);
    expect(credentialsIn(store)).toEqual(client);
  });
});

describe("a running dataplane", () => {
  const start = async (clusters: readonly SandboxCluster[]): Promise<RunningDataplane> => {
    const running = await startDataplane(clusters, { scenario: demoScenario, timing: "flush=300ms,bucket=1s,lag=2" });
    closing.push(() => running.close());
    return running;
  };

  const restartsOf = (cluster: SandboxCluster): readonly unknown[] =>
    cluster.store
      .list("pods", "calico-system")
      .filter(({ metadata }) => metadata.labels?.["k8s-app"] === "goldmane")
      .flatMap((pod) => objectsOf(valueAt(pod, "status", "containerStatuses")).map(({ restartCount }) => restartCount));

  it("streams the demo's flows of every cluster, each flow of a bucket once and as it is listed", async () => {
    const clusters = demoScenario.clusters.map(materialise);
    const running = await start(clusters);
    for (const { name, store } of clusters) {
      const client = connect(running.goldmaneAddress(name), credentialsIn(store));
      const seen = new Map<string, bigint>();
      const abort = new AbortController();
      const buckets = new Set<bigint>();
      for await (const { id, flow } of client.flows.stream({ startTimeGte: -60n }, { signal: abort.signal })) {
        const key = `${flow?.startTime} ${id}`;
        expect(seen.has(key), `${name} ${key} came twice`).toBe(false);
        seen.set(key, flow?.numConnectionsStarted ?? 0n);
        buckets.add(flow?.startTime ?? 0n);
        if (buckets.size > 3) break;
      }
      abort.abort();
      const [first = 0n, second = 0n] = [...buckets].toSorted((a, b) => Number(a - b));
      for (const bucket of [first, second]) {
        const { flows } = await client.flows.list({ startTimeGte: bucket, startTimeLt: bucket + 1n });
        expect(flows.map(({ id, flow }) => [`${bucket} ${id}`, flow?.numConnectionsStarted])).toEqual(
          flows.map(({ id }) => [`${bucket} ${id}`, seen.get(`${bucket} ${id}`)]),
        );
      }
    }
  });

  it("counts a restart of Goldmane when the process starts again, and has forgotten its flows", async () => {
    const cluster = euCentral();
    const first = await start([cluster]);
    expect(restartsOf(cluster)).toEqual([0]);
    await first.close();
    const second = await start([cluster]);
    expect(restartsOf(cluster)).toEqual([1]);
    const client = connect(second.goldmaneAddress("eu-central"), credentialsIn(cluster.store));
    expect((await client.flows.list({ startTimeLt: BigInt(Math.floor(Date.now() / 1000) - 5) })).flows).toEqual([]);
  });

  it("loses Goldmane's memory and ends its streams when its pod is deleted", async () => {
    const clusters = demoScenario.clusters.map(materialise);
    const running = await start(clusters);
    const [euWest] = clusters;
    if (euWest === undefined) throw new Error("the demo has no clusters");
    const client = connect(running.goldmaneAddress("eu-west"), credentialsIn(euWest.store));
    const reading = read(client, -60n);
    await vi.waitFor(() => expect(reading.results.length).toBeGreaterThan(0), { timeout: 10_000 });
    const pod = euWest.store
      .list("pods", "calico-system")
      .find(({ metadata }) => metadata.labels?.["k8s-app"] === "goldmane");
    const before = BigInt(Math.floor(Date.now() / 1000) - 1);
    euWest.store.delete({ resource: "pods", namespace: "calico-system", name: pod?.metadata.name ?? "" });
    await reading.ended;
    expect((await client.flows.list({ startTimeLt: before })).flows).toEqual([]);
  });

  it("refuses settings that it cannot read and a port that is taken", async () => {
    const cluster = euCentral();
    await expect(startDataplane([cluster], { scenario: demoScenario, timing: "flush=fast" })).rejects.toThrow(
      /ISTHMUS_SANDBOX_TIME: `flush=fast`/u,
    );
    const running = await start([cluster]);
    const port = Number(running.goldmaneAddress("eu-central").split(":")[1]);
    const other = { ...euCentral(), goldmaneListen: { host: "127.0.0.1", port } };
    await expect(startDataplane([other], { scenario: demoScenario, timing: "" })).rejects.toThrow(/EADDRINUSE/u);
  });
});
