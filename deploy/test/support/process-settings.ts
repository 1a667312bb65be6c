import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { readConfig } from "../../../apps/gateway/src/config";
import { parseConfig } from "../../../apps/web/src/config";
import { readMigrateConfig } from "../../../packages/db/src/migrate/config";

/** The repository's root folder. */
export const root = join(import.meta.dirname, "../../..");

/** A process that images start. */
export type ProcessName = "web" | "gateway" | "migrate";

type Environment = Readonly<Record<string, string>>;

const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** What the files hold that settings name, by the end of their names. */
const contents: readonly (readonly [RegExp, string])[] = [
  [/\.pem$/, pem],
  [/secrets-key$/, Buffer.alloc(32, 7).toString("base64")],
  [/owner-url$/, "postgres://isthmus_owner:word@postgres:5432/isthmus"],
  [/app-url$/, "postgres://isthmus_app:word@postgres:5432/isthmus"],
  [/password$/, "a password of words"],
];

/** Stands in for the files that are mounted; one of another name is not there. */
function mountedFile(path: string): string {
  const found = contents.find(([name]) => name.test(path));
  if (found === undefined) throw new Error(`nothing is mounted at ${path}`);
  return found[1];
}

const sources: Readonly<Record<ProcessName, readonly string[]>> = {
  web: ["apps/web/src/config.ts", "apps/web/server.mjs"],
  gateway: ["apps/gateway/src/config.ts"],
  migrate: ["packages/db/src/migrate/config.ts"],
};

/** Every variable that a process reads, by its sources. */
export function variablesOf(process: ProcessName): ReadonlySet<string> {
  const text = sources[process].map((path) => readFileSync(join(root, path), "utf8")).join("\n");
  const names = [...text.matchAll(/\bISTHMUS_[A-Z0-9_]+\b/g)].map(([name]) => name);
  const secrets = [...(/secrets = \[(.*?)\]/is.exec(text)?.[1] ?? "").matchAll(/ISTHMUS_\w+/g)].map(([name]) => name);
  return new Set([...names, ...secrets.map((name) => `${name}_FILE`)]);
}

/** What the process itself says is wrong with these settings; undefined where it would start. */
export function complaintOf(
  process: ProcessName,
  environment: Environment,
  readFile: (path: string) => string = mountedFile,
): string | undefined {
  try {
    if (process === "web") {
      const config = parseConfig(environment, readFile);
      return config.ok ? undefined : config.error;
    }
    if (process === "gateway") readConfig(environment, readFile);
    else readMigrateConfig({ ...environment, ISTHMUS_MIGRATIONS: "/app/prisma/migrations" }, readFile);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
