import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestFlowStore, type TestFlowStore } from "../src/testing";

let server: TestFlowStore;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startTestFlowStore();
  const { url, user, password } = server.connection;
  client = createClient({ url, username: user, password, database: "default", log: { level: 127 } });
  await client.command({ query: "CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a" });
});
afterAll(async () => {
  await client?.close();
  await server?.stop();
});

async function rows<T>(query: string, parameters: Record<string, unknown> = {}): Promise<T[]> {
  return await (await client.query({ query, query_params: parameters, format: "JSONEachRow" })).json<T>();
}

const hostile = [
  "it's",
  "\\'; DROP TABLE t; --",
  "'; DROP TABLE t; --",
  "a\tb\nc\rd\be\0f",
  "{x:String}",
  "/* */ -- # $$ ;",
  "‘typographic’ “quotes”",
  "%_\\%\\_",
  "日本語 🙂 é",
  "\u2028\uFFFD",
  "\\",
  "",
];

describe("parameters", () => {
  it.each(hostile.map((text) => ({ text })))("come through as they are: $text", async ({ text }) => {
    expect(await rows("SELECT {x:String} AS x, length({x:String}) AS n", { x: text })).toEqual([
      { x: text, n: Buffer.byteLength(text) },
    ]);
  });

  it("may be lists, numbers and times", async () => {
    expect(
      await rows("SELECT {a:Array(String)} AS a, {n:UInt64} AS n, {u:UUID} AS u, {t:DateTime('UTC')} AS t", {
        a: ["it's", "\\"],
        n: 7,
        u: "00000000-0000-0000-0000-000000000001",
        t: 1_700_000_000,
      }),
    ).toEqual([{ a: ["it's", "\\"], n: 7, u: "00000000-0000-0000-0000-000000000001", t: "2023-11-14 22:13:20" }]);
  });

  it("may be longer than a URL, and come through as they are", async () => {
    const long = Array.from({ length: 3_000 }, (_, at) => `${hostile[at % hostile.length]} ${at} --boundary\r\n`);
    const texts = new Map(Object.entries({ long, whole: long.join(","), none: "" }));
    const forms = createClient({
      url: server.connection.url,
      username: server.connection.user,
      password: server.connection.password,
      use_multipart_params_auto: true,
      log: { level: 127 },
    });
    const query = "SELECT {long:Array(String)} AS long, {whole:String} AS whole, {none:String} AS none";
    const result = await forms.query({ query, query_params: Object.fromEntries(texts), format: "JSONEachRow" });
    expect(await result.json()).toEqual([Object.fromEntries(texts)]);
    await forms.close();
  });

  it.each([
    { name: "another field", form: 'name="database"\r\n\r\nsystem' },
    { name: "a file", form: 'name="param_x"; filename="x"\r\n\r\n1' },
    { name: "a form that ends early", form: 'name="query"\r\n\r\nSELECT 1', end: "" },
  ])("are refused in a form with $name", async ({ form, end = "\r\n--b--\r\n" }) => {
    const response = await fetch(server.connection.url, {
      method: "POST",
      headers: {
        "X-ClickHouse-User": server.connection.user,
        "X-ClickHouse-Key": server.connection.password,
        "Content-Type": "multipart/form-data; boundary=b",
      },
      body: `--b\r\nContent-Disposition: form-data; ${form}${end}`,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/served|not whole/);
  });

  it("never come from a former request", async () => {
    for (let each = 0; each < 4; each++) await rows("SELECT {leaked:String} AS x", { leaked: "secret" });
    for (let each = 0; each < 4; each++) {
      await expect(rows("SELECT {leaked:String} AS x")).rejects.toMatchObject({ code: "456" });
    }
  });

  it("of many requests at the same time do not mix", async () => {
    const asked = Array.from({ length: 60 }, (_, n) => `value ${n}`);
    const answers = await Promise.all(asked.map((x) => rows<{ x: string }>("SELECT {x:String} AS x", { x })));
    expect(answers.map(([row]) => row?.x)).toEqual(asked);
  });
});

describe("settings", () => {
  it("hold for one request only", async () => {
    const query = "SELECT getSetting('max_threads')::UInt32 AS n";
    const set = await client.query({ query, format: "JSONEachRow", clickhouse_settings: { max_threads: 1 } });
    expect(await set.json()).toEqual([{ n: 1 }]);
    for (let each = 0; each < 4; each++) expect(await rows(query)).toEqual([{ n: 2 }]);
  });

  it("limit a query's time, with ClickHouse's own error", async () => {
    const slow = client.query({
      query:
        "SELECT sum(sleepEachRow(0.1)) FROM numbers(1000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0",
      clickhouse_settings: { max_execution_time: 1 },
    });
    await expect(slow).rejects.toMatchObject({ code: "159" });
  });
});

describe("one request is one statement", () => {
  const refused = [
    "SELECT 1; SELECT 2",
    "SELECT 1;DROP TABLE t",
    "SELECT 'a'; DROP TABLE t --'",
    "SELECT `a`; DROP TABLE t",
    "SELECT 1 /* ; */; DROP TABLE t",
    "SELECT ‘a’; DROP TABLE t",
    "SELECT $a$;$a$; DROP TABLE t",
    "SELECT 1 # '\n; DROP TABLE t",
    "SELECT 'not closed; DROP TABLE t",
    "",
    ";",
  ];
  it.each(refused.map((query) => ({ query })))("refused: $query", async ({ query }) => {
    await expect(client.command({ query })).rejects.toMatchObject({ code: "62" });
    expect(await rows("SELECT 1 AS still FROM system.tables WHERE name = 't' AND database = 'default'")).toHaveLength(
      1,
    );
  });

  const served = [
    "SELECT ';' AS x;",
    'SELECT 1 AS ";"',
    "SELECT 1 -- ; it's\n",
    "SELECT /* ; ' */ 1",
    "SELECT 'it\\'s;'''",
  ];
  it.each(served.map((query) => ({ query })))("served: $query", async ({ query }) => {
    await client.command({ query });
  });
});

describe("inserts of rows", () => {
  it("keep every hostile text", async () => {
    await client.insert({ table: "t", values: hostile.map((b, a) => ({ a, b })), format: "JSONEachRow" });
    const stored = await rows<{ b: string }>("SELECT b FROM t ORDER BY a");
    expect(stored.map(({ b }) => b)).toEqual(hostile);
  });

  it("take nothing but JSON rows", async () => {
    const send = (query: string, body: string) =>
      fetch(`${server.connection.url}/?query=${encodeURIComponent(query)}`, {
        method: "POST",
        body,
        headers: { Authorization: `Basic ${Buffer.from(`isthmus:${server.connection.password}`).toString("base64")}` },
      });
    const attacks = [
      ["INSERT INTO t FORMAT TSV", "1\ta\n; DROP TABLE t"],
      ["INSERT INTO t FORMAT JSONCompactEachRow", '[90,"a"]\n; DROP TABLE t'],
      ["INSERT INTO t FORMAT JSONCompactEachRow", "; DROP TABLE t"],
      ["INSERT INTO t FORMAT JSONCompactEachRow", '[90,"a"];DROP TABLE t;'],
      ["INSERT INTO t SELECT 1, 'x'; DROP TABLE t", "[1]"],
      ["SELECT 1", "; DROP TABLE t"],
    ] as const;
    const answers = await Promise.all(
      attacks.map(async ([query, body]) => [query, body, (await send(query, body)).status]),
    );
    expect(answers).toEqual(attacks.map((attack) => [...attack, 400]));
    expect(await rows("SELECT count()::UInt32 AS n FROM t WHERE a >= 90")).toEqual([{ n: 0 }]);
  });

  it("say what is wrong with a row", async () => {
    const insert = client.insert({ table: "t", values: [{ a: "not a number" }], format: "JSONEachRow" });
    await expect(insert).rejects.toMatchObject({ message: expect.stringContaining("not a number") });
    await expect(client.insert({ table: "nowhere", values: [{ a: 1 }], format: "JSONEachRow" })).rejects.toMatchObject({
      code: "60",
    });
  });
});

describe("the process", () => {
  it("answers nobody without the secret", async () => {
    const stranger = createClient({
      url: server.connection.url,
      username: "isthmus",
      password: "x",
      log: { level: 127 },
    });
    await expect(stranger.query({ query: "SELECT 1" })).rejects.toMatchObject({ code: "516" });
    await stranger.close();
    expect((await fetch(`${server.connection.url}/?query=SELECT+1`)).status).toBe(403);
    expect(await (await fetch(`${server.connection.url}/healthz`)).text()).toBe("Ok.\n");
  });

  it("stops a query whose client went away", async () => {
    const gone = new AbortController();
    const query = `SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1`;
    const asked = client.query({ query, abort_signal: gone.signal, clickhouse_settings: { max_execution_time: 0 } });
    asked.catch(() => undefined);
    const running = async () => {
      const [row] = await rows<{ n: number }>(
        "SELECT count()::UInt32 AS n FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'",
      );
      return row?.n;
    };
    await expect.poll(running, { timeout: 10_000 }).toBe(1);
    gone.abort();
    await expect.poll(running, { timeout: 10_000 }).toBe(0);
  });

  it("ends cleanly with a query running, and with its parent", async () => {
    const other = await startTestFlowStore();
    const { url, user, password } = other.connection;
    const busy = createClient({ url, username: user, password, log: { level: 127 } });
    const asked = busy.query({ query: "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1" });
    asked.catch(() => undefined);
    await expect.poll(() => busy.ping().then(({ success }) => success)).toBe(true);
    expect(await other.stop()).toBe(0);
    await busy.close();
  });

  it("is gone soon after a parent that was killed", async () => {
    const script = `
      import { spawn } from "node:child_process";
      const child = spawn(process.execPath, ${JSON.stringify([bundlePath()])}, { stdio: ["ignore", "pipe", "inherit"],
        env: { ISTHMUS_CLICKHOUSE_DATA: ${JSON.stringify(`${server.dataDir}/orphan`)}, ISTHMUS_CLICKHOUSE_PASSWORD: "x",
          ISTHMUS_CLICKHOUSE_LISTEN: "127.0.0.1:0", ISTHMUS_EXIT_WITH_PARENT: "1" } });
      child.stdout.on("data", (line) => { if (String(line).includes("listening")) console.log(child.pid); });`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
  });

  it("names a data folder that another process holds", async () => {
    const second = spawn(process.execPath, [bundlePath()], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ISTHMUS_CLICKHOUSE_DATA: server.dataDir,
        ISTHMUS_CLICKHOUSE_PASSWORD: "x",
        ISTHMUS_CLICKHOUSE_LISTEN: "127.0.0.1:0",
      },
    });
    const lines: string[] = [];
    second.stdout.on("data", (data: Buffer) => lines.push(data.toString()));
    const [code] = (await once(second, "exit")) as [number];
    expect(code).toBe(1);
    expect(lines.join("")).toContain(`process ${server.pid} holds it`);
  });
});

function bundlePath(): string {
  const folder = join(import.meta.dirname, "../dist/testing");
  const file = readdirSync(folder).find((name) => name === `clickhouse-${process.pid}.mjs`);
  if (!file) throw new Error("startTestFlowStore has not bundled the engine's process");
  return join(folder, file);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
