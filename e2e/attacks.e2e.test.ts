import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestDatabase, type TestDatabase } from "@isthmus/db/testing";
import { migrateFlowStore } from "@isthmus/flow-store";
import { startTestFlowStore, type TestFlowStore } from "@isthmus/flow-store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./support/demo";
import { eventually } from "./support/eventually";

// The web process as it runs, attacked by what a browser would not send. Two of them share the stores: one on plain
// http, and one behind a proxy that ends TLS.

const owner = { email: "owner@attacked.example", password: "the password of the first owner" };
const [plainPort, behindPort] = [9650, 9651];
const plainUrl = `http://localhost:${plainPort}`;
const tlsUrl = "https://isthmus.example.org";

/** What every answer carries. */
const onEvery = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
} as const;
const strict = "max-age=31536000";

interface Web {
  readonly port: number;
  readonly publicUrl: string;
  readonly process: ChildProcess;
  readonly output: () => string;
}

let folder: string;
let postgres: TestDatabase;
let clickhouse: TestFlowStore;
let plain: Web;
let behind: Web;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-attacks-"));
  [postgres, clickhouse] = await Promise.all([startTestDatabase(), startTestFlowStore()]);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  await writeFile(join(folder, "password"), owner.password);
  await writeFile(join(folder, "key"), randomBytes(32).toString("base64"));
  plain = await startWeb(plainPort, plainUrl, "0");
  behind = await startWeb(behindPort, tlsUrl, "1");
});
afterAll(async () => {
  for (const each of [plain, behind]) {
    if (each === undefined) continue;
    each.process.kill("SIGTERM");
    await once(each.process, "exit");
  }
  await Promise.all([postgres?.stop(), clickhouse?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function startWeb(port: number, publicUrl: string, hops: string): Promise<Web> {
  const child = spawn(process.execPath, [join(root, "apps/web/server.mjs")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ISTHMUS_WEB_LISTEN: `localhost:${port}`,
      ISTHMUS_PUBLIC_URL: publicUrl,
      ISTHMUS_TRUSTED_PROXY_HOPS: hops,
      ISTHMUS_DATABASE_URL: postgres.appUrl,
      ISTHMUS_CLICKHOUSE_URL: clickhouse.connection.url,
      ISTHMUS_CLICKHOUSE_PASSWORD: clickhouse.connection.password,
      ISTHMUS_BOOTSTRAP_EMAIL: owner.email,
      ISTHMUS_BOOTSTRAP_PASSWORD_FILE: join(folder, "password"),
      ISTHMUS_SECRETS_KEY_FILE: join(folder, "key"),
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const web = { port, publicUrl, process: child, output: () => output };
  await eventually("the web process is ready", async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
    const ready = await ask(web, "/readyz").catch(() => undefined);
    return ready?.status === 200 ? true : undefined;
  });
  return web;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Sends the path as it is written: no client of ours may tidy it up. */
function ask(
  { port }: Pick<Web, "port">,
  path: string,
  { method = "GET", headers, body }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "localhost", port, path, method, headers: headers ?? {} }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** As a proxy that ends TLS passes a request on. */
const forwarded = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", host: "isthmus.example.org" };

async function signIn(web: Web, headers: OutgoingHttpHeaders = {}) {
  const json = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const body = JSON.stringify({ json: owner });
  return ask(web, "/api/trpc/signIn.signIn", { method: "POST", headers: { ...json, ...headers }, body });
}

const cookieOf = ({ headers }: Answer) => headers["set-cookie"]?.[0]?.split(";")[0] ?? "";

describe("headers of every kind of answer", () => {
  const kinds: readonly (readonly [kind: string, path: string, status: number, asked: Asked])[] = [
    ["page", "/sign-in", 200, {}],
    ["redirect of a page", "/flows", 307, {}],
    ["page that is not there", "/nowhere", 404, {}],
    ["API, refused", "/api/trpc/signIn.me", 401, {}],
    ["API, not there", "/api/trpc/nothing.here", 404, {}],
    ["API, no JSON", "/api/trpc/signIn.signIn", 400, { method: "POST", body: "x" }],
    ["API, a method that is none", "/api/trpc/signIn.me", 405, { method: "DELETE" }],
    ["icon", "/icon.svg", 200, {}],
    ["file that is not there", "/_next/static/chunks/none.js", 404, {}],
    ["health", "/healthz", 200, {}],
    ["readiness", "/readyz", 200, {}],
    ["link of a manifest", `/connect/${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}/${"a".repeat(43)}`, 410, {}],
    ["redirect to a provider", "/sign-in/oidc/none", 303, {}],
    ["answer of a provider", "/sign-in/oidc/callback?state=none", 303, {}],
    ["address that is none", "/%ff", 404, {}],
    ["data of a page", "/sign-in", 307, { headers: { rsc: "1" } }],
  ];

  it.each(kinds)("%s: %s", async (_, path, status, asked) => {
    for (const web of [plain, behind]) {
      const headers = web === behind ? forwarded : {};
      const answer = await ask(web, path, { ...asked, headers: { ...headers, ...asked.headers } });
      expect(answer.status).toBe(status);
      for (const [name, value] of Object.entries(onEvery)) expect(answer.headers[name], name).toBe(value);
      expect(answer.headers["referrer-policy"]).toMatch(/^(same-origin|no-referrer)$/);
      const policy = String(answer.headers["content-security-policy"]);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toMatch(/default-src 'self'/);
      expect(policy.replace(/style-src [^;]*/, "")).not.toMatch(/unsafe-|\*|https?:/);
      expect(answer.headers["strict-transport-security"]).toBe(web === behind ? strict : undefined);
      for (const banner of ["x-powered-by", "server", "x-aspnet-version", "via"])
        expect(answer.headers[banner]).toBeUndefined();
    }
  });

  it("also of the files that a page loads", async () => {
    const { body } = await ask(plain, "/sign-in");
    const files = [
      ...new Set([...body.matchAll(/"(\/_next\/static\/[^"\\]+\.(?:js|css))"/g)].map(([, path]) => path ?? "")),
    ];
    expect(files.length).toBeGreaterThan(2);
    for (const path of files.slice(0, 6)) {
      const answer = await ask(behind, path, { headers: forwarded });
      expect([path, answer.status]).toEqual([path, 200]);
      for (const [name, value] of Object.entries(onEvery))
        expect(answer.headers[name], `${name} of ${path}`).toBe(value);
      expect(answer.headers["strict-transport-security"]).toBe(strict);
    }
  });

  it("give every page's scripts a nonce of their own, which no request chooses", async () => {
    const nonces = new Set<string>();
    for (let at = 0; at < 3; at += 1) {
      const chosen = {
        "x-nonce": "chosen",
        "content-security-policy": "script-src *",
        "x-isthmus-path": "//evil.example",
      };
      const { headers, body } = await ask(plain, "/sign-in", { headers: chosen });
      const nonce = /'nonce-([^']+)'/.exec(String(headers["content-security-policy"]))?.[1] ?? "";
      expect(nonce.length).toBeGreaterThan(20);
      nonces.add(nonce);
      const scripts = [...body.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
      expect(scripts.length).toBeGreaterThan(2);
      for (const tag of scripts) expect(tag).toContain(`nonce="${nonce}"`);
      expect(body).not.toContain("chosen");
      expect(body).not.toMatch(/<[a-z][^>]*\son[a-z]+=/i);
    }
    expect(nonces.size).toBe(3);
  });

  it("are not lost to what Next believes of itself", async () => {
    for (const value of ["src/proxy", "proxy", "middleware", Array(9).fill("src/middleware").join(":")]) {
      const answer = await ask(plain, "/flows", { headers: { "x-middleware-subrequest": value } });
      expect(answer.headers["content-security-policy"], value).toContain("'nonce-");
      expect(answer.status).toBe(307);
    }
  });

  it("keep what is a person's out of every cache", async () => {
    const cookie = cookieOf(await signIn(plain));
    for (const [path, headers] of [
      ["/flows", {}],
      ["/clusters", {}],
      ["/api/trpc/signIn.me", {}],
      ["/api/trpc/signIn.sessions", {}],
    ] as const) {
      const answer = await ask(plain, path, { headers: { cookie, ...headers } });
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers["cache-control"], path).toContain("no-store");
    }
  });
});

describe("over https", () => {
  it("the cookie is bound to the host and to https, also behind a proxy that ends TLS", async () => {
    const answer = await signIn(behind, forwarded);
    expect(answer.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-isthmus_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; .*; Secure$/,
    );
    expect((await signIn(plain)).headers["set-cookie"]?.[0]).not.toContain("Secure");
  });
});

describe("a redirect", () => {
  const evil = /evil|\/\/|\\|javascript/i;

  it("leads to no other site, whatever the address or the Host say", async () => {
    const paths = [
      "//evil.example",
      "//evil.example/",
      "//evil.example/..",
      "/\\evil.example/",
      "/%2f%2fevil.example/",
      "/%5cevil.example/",
      "/.//evil.example/",
      "/sign-in/",
      "/sign-in//evil.example/",
      "/flows/",
      "/flows?x=//evil.example",
    ];
    for (const path of paths) {
      for (const headers of [
        {},
        { host: "evil.example" },
        { "x-forwarded-host": "evil.example", "x-forwarded-proto": "javascript" },
      ]) {
        const { headers: answered } = await ask(plain, path, { headers });
        if (answered.location === undefined) continue;
        const target = new URL(answered.location, plainUrl);
        expect(target.origin, `${path} ${JSON.stringify(headers)} → ${answered.location}`).toBe(plainUrl);
      }
    }
  });

  it("after sign-in goes to a path of this site alone", async () => {
    const cookie = cookieOf(await signIn(plain));
    const nexts = [
      "//evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "https:evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      " //evil.example",
      "/\t/evil.example",
      "/\r\nset-cookie: x=evil",
      "http://localhost:9650@evil.example",
      "@evil.example",
      "data:text/html,evil",
      "/sign-in?next=//evil.example",
    ];
    for (const next of nexts) {
      for (const query of [`next=${encodeURIComponent(next)}`, `next=/flows&next=${encodeURIComponent(next)}`]) {
        const { status, headers } = await ask(plain, `/sign-in?${query}`, { headers: { cookie } });
        expect([303, 307, 308], `${query} → ${status}`).toContain(status);
        expect(new URL(headers.location ?? "x:", plainUrl).origin, query).toBe(plainUrl);
        expect(headers.location?.slice(1), query).not.toMatch(evil);
        expect(headers["set-cookie"]?.join() ?? "").not.toContain("evil");
      }
      const oidc = await ask(plain, `/sign-in/oidc/none?next=${encodeURIComponent(next)}`);
      expect(oidc.headers.location).toMatch(/^http:\/\/localhost:9650\/sign-in\?/);
      expect(oidc.headers.location).not.toMatch(/evil/);
    }
  });
});

describe("where a request comes from", () => {
  const guess = (web: Web, at: number, headers: OutgoingHttpHeaders) =>
    ask(web, "/api/trpc/signIn.signIn", {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers },
      body: JSON.stringify({ json: { email: `nobody-${at}@attacked.example`, password: "guess" } }),
    });
  const statuses = async (web: Web, headersOf: (at: number) => OutgoingHttpHeaders) =>
    (await Promise.all(Array.from({ length: 64 }, (_, at) => guess(web, at, headersOf(at))))).map(
      ({ status }) => status,
    );

  it("is not what a request says of itself", async () => {
    const claims = await statuses(plain, (at) => ({
      "x-isthmus-peer": `192.0.2.${at}`,
      "x-forwarded-for": `192.0.2.${at}`,
      "x-real-ip": `192.0.2.${at}`,
      forwarded: `for=192.0.2.${at}`,
    }));
    expect(claims).toContain(429);
    // Behind one proxy that is trusted, its word counts and what came before it does not.
    const chains = await statuses(behind, (at) => ({ ...forwarded, "x-forwarded-for": `192.0.2.${at}, 203.0.113.77` }));
    expect(chains).toContain(429);
  });
});

describe("too much of anything", () => {
  const megabytesOf = ({ process: { pid } }: Web) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;

  it("is refused, and the process stays up in bounded memory", async () => {
    const before = megabytesOf(plain);
    const body = `{"json":{"email":"${"a".repeat(48 * 1024 * 1024)}"}}`;
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const answers = await Promise.all(
      [0, 1, 2, 3].map(() =>
        ask(plain, "/api/trpc/signIn.signIn", { method: "POST", headers, body }).then(
          ({ status }) => status,
          // It hung up before it had read what nobody will look at.
          () => 413,
        ),
      ),
    );
    expect(answers).toEqual([413, 413, 413, 413]);
    expect(megabytesOf(plain) - before).toBeLessThan(300);
    expect((await ask(plain, "/healthz")).status).toBe(200);
    const long = await ask(plain, "/sign-in", { headers: { cookie: `a=${"b".repeat(40_000)}` } });
    expect(long.status).toBe(431);
    expect((await ask(plain, `/sign-in?next=/${"a".repeat(40_000)}`)).status).toBe(431);
    expect((await ask(plain, "/healthz")).status).toBe(200);
  });

  it("leaves no secret in what the processes printed", () => {
    for (const { output } of [plain, behind]) {
      expect(output()).toContain("a sign-in was refused");
      expect(output()).not.toContain(owner.password);
      expect(output()).not.toMatch(/isthmus_session=[\w-]{10}/);
    }
  });
});
