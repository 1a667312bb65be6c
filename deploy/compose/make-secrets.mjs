// Run once by docker-compose.yml before everything else: makes each password and key that is not there yet.
// `print NAME` shows one, as the first owner's password.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/* oxlint-disable node/no-process-env -- this is the process's entry point */
/** What Isthmus alone may read. */
const keys = process.env.ISTHMUS_KEYS_FOLDER ?? "/keys";
/** What the stores read, as accounts of their own. */
const stores = process.env.ISTHMUS_STORES_FOLDER ?? "/stores";
/* oxlint-enable node/no-process-env */

const ISTHMUS_USER = 65_532;
const password = () => randomBytes(24).toString("base64url");
const signingKey = () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).trim();

function keep(folder, name, make) {
  const path = join(folder, name);
  if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { flag: "wx" });
  chmodSync(path, folder === stores ? 0o444 : 0o400);
  if (process.getuid?.() === 0) chownSync(path, ISTHMUS_USER, ISTHMUS_USER);
  return readFileSync(path, "utf8").trim();
}

function makeAll() {
  for (const folder of [keys, stores]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const owner = keep(stores, "postgres-password", password);
  keep(stores, "clickhouse-password", password);
  const app = keep(keys, "database-app-password", password);
  const at = "postgres:5432/isthmus";
  keep(keys, "database-owner-url", () => `postgres://isthmus_owner:${owner}@${at}`);
  keep(keys, "database-app-url", () => `postgres://isthmus_app:${app}@${at}`);
  keep(keys, "signing-key.pem", signingKey);
  keep(keys, "next-signing-key.pem", signingKey);
  keep(keys, "secrets-key", () => randomBytes(32).toString("base64"));
  keep(keys, "sign-in-password", () => randomBytes(15).toString("base64url"));
}

const [command, name = ""] = process.argv.slice(2);
if (command === "print") {
  const path = join(keys, name);
  if (!/^[a-z-]+$/.test(name) || !existsSync(path)) {
    console.error(`no \`${name}\`: name a file of ${keys}, for example sign-in-password`);
    process.exit(1);
  }
  console.log(readFileSync(path, "utf8").trim());
} else {
  makeAll();
}
