import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findCluster, listInventoryHashes } from "@isthmus/db";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storedFlows } from "./support/evidence";
import { enrol, eventually, startStack, type Stack } from "./support/stack";
import { startWorker } from "./support/worker";

const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
const dist = join(import.meta.dirname, "../dist/testing");
const script = join(dist, `main-${process.pid}.mjs`);
let stack: Stack;
let folder: string;

beforeAll(async () => {
  await mkdir(dist, { recursive: true });
  const bundled = build({
    entryPoints: [join(import.meta.dirname, "../src/main.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: banner },
    external: ["@prisma/client", "pg-native", "bufferutil"],
    logLevel: "silent",
  });
  folder = await mkdtemp(join(tmpdir(), "isthmus-gateway-"));
  [stack] = await Promise.all([startStack(), bundled]);
  await writeFile(join(folder, "signing.pem"), stack.signingKey.toPem(), { mode: 0o600 });
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([rm(folder, { recursive: true }), rm(script, { force: true })]);
});

interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly port?: number;
}

function start(changed: Readonly<Record<string, string>> = {}) {
  const { connection } = stack.clickhouse;
  const child = spawn(process.execPath, [script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: "/usr/bin:/bin",
      ISTHMUS_GATEWAY_LISTEN: "127.0.0.1:0",
      ISTHMUS_DATABASE_URL: stack.postgres.appUrl,
      ISTHMUS_CLICKHOUSE_URL: connection.url,
      ISTHMUS_CLICKHOUSE_PASSWORD: connection.password,
      ISTHMUS_SIGNING_KEY_FILE: join(folder, "signing.pem"),
      ...changed,
    },
  });
  const lines: LogLine[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as LogLine);
    for (const wake of waiting.splice(0)) wake();
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const said = async (msg: string): Promise<LogLine> => {
    for (;;) {
      const line = lines.find((each) => each.msg.includes(msg));
      if (line) return line;
      await Promise.race([
        new Promise<void>((wake) => waiting.push(wake)),
        ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${JSON.stringify(lines)}`))),
      ]);
    }
  };
  return { child, lines, ended, said };
}

const storedNames = async (clusterId: string): Promise<readonly string[]> => {
  const rows = await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId));
  return rows.map(({ ref }) => ref.name).toSorted();
};

describe("the gateway's process", () => {
  it("serves, tells agents to go elsewhere on SIGTERM, and ends with 0", async () => {
    const { child, ended, said } = start();
    const { port = 0 } = await said("gateway listens");
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const { agent } = await enrol(stack, port, "process");
    child.kill("SIGTERM");
    expect(["drained", "refused"]).toContain((await agent.closed()).kind);
    expect(await ended).toBe(0);
  });

  it("hands its agents over on SIGTERM while they are at work, and nothing is lost or stored twice", async () => {
    const { child, ended, said } = start({ ISTHMUS_GATEWAY_ROLES: "sessions" });
    const { port = 0 } = await said("gateway listens");
    const other = await stack.gateway({ roles: ["sessions"] });
    const names = Array.from({ length: 6 }, (_, n) => `moved-${n}`);
    const workers = await Promise.all(names.map((name) => startWorker(stack, port, name)));
    await eventually("work under way", async () => (workers.every(({ held }) => held.length > 3) ? true : undefined));
    child.kill("SIGTERM");
    await Promise.all(workers.map(({ ended: stopped }) => stopped));
    expect(workers.every(({ agent }) => agent.isDraining)).toBe(true);
    expect(await ended).toBe(0);
    for (const worker of workers) {
      const { clusterId, held } = worker;
      const agent = await worker.moveTo(other.port);
      expect(await storedNames(clusterId)).toEqual(held.map(({ ref }) => ref.name).toSorted());
      const flows = await storedFlows(stack, clusterId);
      expect(flows.rows).toHaveLength(worker.batches);
      expect(flows.rolledUp).toBe(worker.batches);
      const cluster = await stack.organisation.transaction((tx) => findCluster(tx, clusterId));
      expect(cluster?.session).toMatchObject({ disconnectedAt: null, syncedAt: expect.any(Date) });
      agent.close();
    }
  }, 120_000);

  it("waits for a store that is not there yet, and ends with 0 when it is asked to stop meanwhile", async () => {
    const { child, ended, said } = start({ ISTHMUS_CLICKHOUSE_URL: "http://127.0.0.1:9" });
    await said("waiting for a store");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it.each([
    { name: "ISTHMUS_SIGNING_KEY_FILE", value: "/nowhere/signing.pem" },
    { name: "ISTHMUS_GATEWAY_LISTEN", value: "nonsense" },
  ])("names $name when it is wrong, and ends with 1", async ({ name, value }) => {
    const { ended, said } = start({ [name]: value });
    expect((await said(name)).level).toBe(60);
    expect(await ended).toBe(1);
  });
});
