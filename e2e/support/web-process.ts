import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type Database } from "@isthmus/db";
import { startTestDatabase } from "@isthmus/db/testing";
import { createFlowStore, migrateFlowStore, type FlowStore } from "@isthmus/flow-store";
import { startTestFlowStore } from "@isthmus/flow-store/testing";
import { root } from "./demo";
import { eventually } from "./eventually";

/** The built web app over real stores, with a first owner and nothing else. */
export interface WebProcess {
  readonly url: string;
  readonly owner: { readonly email: string; readonly password: string };
  readonly database: Database;
  readonly flows: FlowStore;
  /** Keeps a secret in a file that the access file may name; returns its path. */
  secretFile(secret: string): string;
  /** Writes the access file that the process follows. */
  writeAccessFile(text: string): void;
  output(): string;
  stop(): Promise<void>;
}

/** Starts it on a port of `localhost`. */
export async function startWebProcess(port: number): Promise<WebProcess> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-web-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const owner = { email: "owner@example.org", password: "the first owner's password" };
  const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startTestFlowStore()]);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [join(root, "apps/web/server.mjs")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      ISTHMUS_WEB_LISTEN: `localhost:${port}`,
      ISTHMUS_PUBLIC_URL: url,
      ISTHMUS_GATEWAY_PUBLIC_URLS: "wss://mesh.example.org",
      ISTHMUS_DATABASE_URL: postgres.appUrl,
      ISTHMUS_CLICKHOUSE_URL: clickhouse.connection.url,
      ISTHMUS_CLICKHOUSE_PASSWORD: clickhouse.connection.password,
      ISTHMUS_BOOTSTRAP_EMAIL: owner.email,
      ISTHMUS_BOOTSTRAP_PASSWORD_FILE: file("password", owner.password),
      ISTHMUS_SECRETS_KEY_FILE: file("key", randomBytes(32).toString("base64")),
      ISTHMUS_ACCESS_FILE: file("access.yaml", ""),
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const database = createDatabase(postgres.appUrl);
  const flows = createFlowStore(clickhouse.connection);
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    await Promise.all([database.close(), flows.close()]);
    await Promise.all([postgres.stop(), clickhouse.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined);
  await eventually("the web process is ready", ready).catch(async (error: unknown) => {
    await stop();
    throw new Error(`the web process did not start:\n${output}`, { cause: error });
  });
  return {
    url,
    owner,
    database,
    flows,
    secretFile: (secret) => file("client-secret", secret),
    writeAccessFile: (text) => void file("access.yaml", text),
    output: () => output,
    stop,
  };
}
