import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EmbeddedPostgresError } from "./errors";

/** Who Postgres runs as. `drop` is empty where that is whoever runs this process. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly drop: { readonly uid?: number; readonly gid?: number };
}

// Postgres refuses to run as root, and initdb wants an account with a name: the first of these that exists is taken,
// so that nothing is added to the system.
const unprivileged = ["isthmus-postgres", "postgres", "nobody"];

/** Chooses the account: the owner of data that exists, else this user, else (as root) an unprivileged one. */
export function chooseAccount(dataFolder: string, self: { readonly uid: number; readonly gid: number }): Account {
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (self.uid !== 0) {
    if (owner && owner.uid !== self.uid) throw ownedByAnother(dataFolder, owner.uid);
    return { name: accountName(self.uid), ...self, drop: {} };
  }
  const accounts = readAccounts();
  const chosen =
    owner && owner.uid !== 0
      ? (accounts.find(({ uid }) => uid === owner.uid) ?? { name: `${owner.uid}`, uid: owner.uid, gid: owner.gid })
      : unprivileged.map((name) => accounts.find((account) => account.name === name)).find(Boolean);
  if (!chosen) {
    throw new EmbeddedPostgresError(
      "unsupported-platform",
      "Postgres does not run as root and there is no account to drop to: create one with `useradd --system isthmus-postgres`",
    );
  }
  return { ...chosen, drop: { uid: chosen.uid, gid: chosen.gid } };
}

/** Throws where the account cannot enter the folder, naming the first folder on the way that it cannot. */
export function requireReachable(folder: string, account: Account): void {
  const closed = ancestorsOf(folder).find((ancestor) => !canEnter(ancestor, account));
  if (closed === undefined) return;
  const mode = (statSync(closed).mode & 0o777).toString(8).padStart(4, "0");
  throw new EmbeddedPostgresError(
    "folder-unreachable",
    `Postgres runs as \`${account.name}\` (it refuses to run as root), and that account cannot enter ${closed} ` +
      `(mode ${mode}) on the way to ${folder}: choose a state folder that it can enter, ` +
      `as in ISTHMUS_HOME=/var/lib/isthmus, or allow it with \`chmod o+x ${closed}\``,
  );
}

/** Whether the account can read and run a file. */
export function canRun(file: string, account: Account): boolean {
  return asAccount(account, 'test -r "$1" && test -x "$1"', file);
}

function canEnter(folder: string, account: Account): boolean {
  return asAccount(account, 'test -x "$1"', folder);
}

function asAccount({ drop }: Account, test: string, path: string): boolean {
  return spawnSync("/bin/sh", ["-c", test, "sh", path], { cwd: "/", stdio: "ignore", ...drop }).status === 0;
}

function ancestorsOf(folder: string): readonly string[] {
  const path = resolve(folder);
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestorsOf(parent), path];
}

function accountName(uid: number): string {
  return readAccounts().find((account) => account.uid === uid)?.name ?? `${uid}`;
}

function ownedByAnother(dataFolder: string, uid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    "folder-owned-by-another",
    `${dataFolder} belongs to \`${accountName(uid)}\` (uid ${uid}): start as that user or as root, ` +
      `or choose another state folder with ISTHMUS_HOME`,
  );
}

function readAccounts(): readonly { readonly name: string; readonly uid: number; readonly gid: number }[] {
  let text: string;
  try {
    text = readFileSync("/etc/passwd", "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 4)
    .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
