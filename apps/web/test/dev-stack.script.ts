// A web app to look at while building it: real Postgres, real ClickHouse engine, seeded clusters, and new evidence
// every 15 s. `node --import ./test/ts-loader.mjs test/dev-stack.script.ts [port] [minutes] [--silent] [--empty] [--built]`
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "@isthmus/db";
import { startTestDatabase } from "@isthmus/db/testing";
import { createFlowStore, migrateFlowStore } from "@isthmus/flow-store";
import { startTestFlowStore } from "@isthmus/flow-store/testing";
import { bootstrapFirstOwner } from "../src/features/sign-in/server/bootstrap";
import { seed } from "./seed";

const numbers = process.argv
  .slice(2)
  .filter((each) => /^\d+$/.test(each))
  .map(Number);
const [port = 7400, minutes = 75] = numbers;
const has = (flag: string) => process.argv.includes(flag);
const email = "owner@example.org";
const password = "a password to look with";

const folder = await mkdtemp(join(tmpdir(), "isthmus-web-dev-"));
const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startTestFlowStore()]);
await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
const database = createDatabase(postgres.appUrl);
const flows = createFlowStore(clickhouse.connection);
await bootstrapFirstOwner(database, { email, password }, new Date());
const owner = await database.lookups.findPersonByEmail(email);
const membership = owner?.memberships[0];
if (owner === undefined || membership === undefined) throw new Error("the first owner was not made");
const seeded = has("--empty")
  ? undefined
  : await seed(
      { database, flows },
      {
        organisationId: membership.organisationId,
        personId: owner.personId,
        nowMs: Date.now(),
        minutes,
        ...(has("--silent") ? { silentMinutes: 12 } : {}),
      },
    );
await writeFile(join(folder, "password"), password);

const web = spawn(process.execPath, ["server.mjs", ...(has("--built") ? [] : ["--dev"])], {
  cwd: join(import.meta.dirname, ".."),
  stdio: "inherit",
  env: {
    ...process.env,
    ISTHMUS_WEB_LISTEN: `localhost:${port}`,
    ISTHMUS_PUBLIC_URL: `http://localhost:${port}`,
    ISTHMUS_DATABASE_URL: postgres.appUrl,
    ISTHMUS_CLICKHOUSE_URL: clickhouse.connection.url,
    ISTHMUS_CLICKHOUSE_PASSWORD: clickhouse.connection.password,
    ISTHMUS_GATEWAY_PUBLIC_URLS: "ws://localhost:7410",
    ISTHMUS_BOOTSTRAP_EMAIL: email,
    ISTHMUS_BOOTSTRAP_PASSWORD_FILE: join(folder, "password"),
  },
});
console.log(`http://localhost:${port}  ${email}  "${password}"  (postgres ${postgres.appUrl})`);

let nextS = Math.floor((Date.now() - 45_000) / 15_000) * 15;
const timer = setInterval(() => {
  const due = Math.floor((Date.now() - 45_000) / 15_000) * 15;
  for (; nextS < due; nextS += 15) void seeded?.bucket(nextS).catch(console.error);
}, 3_000);

async function stop() {
  clearInterval(timer);
  web.kill("SIGTERM");
  await new Promise((resolve) => (web.exitCode === null ? web.once("exit", resolve) : resolve(undefined)));
  await Promise.all([database.close(), flows.close()]);
  await Promise.all([postgres.stop(), clickhouse.stop(), rm(folder, { recursive: true, force: true })]);
  process.exit(web.exitCode ?? 0);
}
process.once("SIGINT", () => void stop());
process.once("SIGTERM", () => void stop());
web.once("exit", () => void stop());
