import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Passwords and keys of this installation, made at the first start and kept for the next. */
export interface Secrets {
  readonly signInPasswordFile: string;
  readonly signInPassword: string;
  readonly databaseAppPassword: string;
  readonly clickhousePassword: string;
  readonly signingKeyFile: string;
  readonly nextSigningKeyFile: string;
  /** The key that seals client secrets and second factors in Postgres. */
  readonly secretsKeyFile: string;
}

/** The places inside the state folder. */
export interface StateFolder {
  readonly home: string;
  readonly logs: string;
  readonly run: string;
  readonly secrets: string;
  readonly postgres: string;
  readonly clickhouse: string;
  readonly sandbox: string;
  readonly pods: string;
  readonly tools: string;
}

/** Makes the state folder where it is missing. It may be entered by others (Postgres runs as its own user); secrets may not. */
export function openStateFolder(home: string): StateFolder {
  const at = (name: string) => join(home, name);
  const folder: StateFolder = {
    home,
    logs: at("logs"),
    run: at("run"),
    secrets: at("secrets"),
    postgres: at("postgres"),
    clickhouse: at("clickhouse"),
    sandbox: at("sandbox"),
    pods: at("pods"),
    tools: at("tools"),
  };
  mkdirSync(home, { recursive: true, mode: 0o755 });
  for (const path of [folder.logs, folder.run, folder.clickhouse, folder.sandbox, folder.pods, folder.tools]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  mkdirSync(folder.secrets, { recursive: true, mode: 0o700 });
  chmodSync(folder.secrets, 0o700);
  return folder;
}

/** Reads the secrets, making each one that is not there yet. */
export function openSecrets(folder: StateFolder): Secrets {
  const file = (name: string) => join(folder.secrets, name);
  return {
    signInPasswordFile: file("sign-in-password"),
    signInPassword: keep(file("sign-in-password"), readablePassword),
    databaseAppPassword: keep(file("database-app-password"), randomPassword),
    clickhousePassword: keep(file("clickhouse-password"), randomPassword),
    signingKeyFile: keepKey(file("signing-key.pem")),
    nextSigningKeyFile: keepKey(file("next-signing-key.pem")),
    secretsKeyFile: keepFile(file("secrets-key"), () => randomBytes(32).toString("base64")),
  };
}

function keep(path: string, make: () => string): string {
  if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { mode: 0o600 });
  return readFileSync(path, "utf8").trim();
}

function keepFile(path: string, make: () => string): string {
  keep(path, make);
  return path;
}

const keepKey = (path: string): string =>
  keepFile(path, () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim(),
  );

const randomPassword = () => randomBytes(24).toString("base64url");

/** Four groups of five from 32 letters and digits that are hard to confuse: 100 bits. */
function readablePassword(): string {
  const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  const text = Array.from(randomBytes(20), (byte) => alphabet[byte % alphabet.length]).join("");
  return [text.slice(0, 5), text.slice(5, 10), text.slice(10, 15), text.slice(15)].join("-");
}
