import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./account";
import type { Binaries } from "./binaries";
import { EmbeddedPostgresError } from "./errors";

/** The name of the superuser, which nothing but this package signs in as. */
export const superuser = "isthmus_superuser";

/** Reads a password file (mode 0600), or makes one with a random password. */
export function keptPassword(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const password = randomBytes(24).toString("base64url");
  writeFileSync(`${file}.new`, `${password}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return password;
}

/** Makes the data folder unless it exists; one that is cut off half-way is begun anew. */
export function initialise(dataFolder: string, password: string, { account, binaries }: Programs): void {
  if (existsSync(join(dataFolder, "PG_VERSION"))) return;
  const unfinished = `${dataFolder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const passwordFile = `${unfinished}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (account.drop.uid !== undefined) {
      for (const path of [unfinished, passwordFile]) chownSync(path, account.uid, account.gid);
    }
    runInitdb(unfinished, passwordFile, { account, binaries });
    rmSync(dataFolder, { recursive: true, force: true });
    renameSync(unfinished, dataFolder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The programs and who runs them. */
export interface Programs {
  readonly account: Account;
  readonly binaries: Binaries;
}

function runInitdb(folder: string, passwordFile: string, { account, binaries }: Programs): void {
  const parameters = [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--lc-messages=C",
  ];
  const { status, stdout, stderr, error } = spawnSync(binaries.initdb, parameters, {
    cwd: "/",
    encoding: "utf8",
    env: { NODE_ENV: "production", PATH: "/usr/bin:/bin", ...binaries.environment },
    ...account.drop,
  });
  if (status === 0) return;
  const words = error?.message ?? `${stdout}\n${stderr}`.trim().split("\n").slice(-6).join("\n");
  throw new EmbeddedPostgresError("initdb-failed", `Postgres could not make its data folder ${folder}:\n${words}`);
}
