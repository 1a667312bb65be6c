import { resolve } from "node:path";

/** What was asked for on the command line and in the environment. */
export interface StandaloneConfig {
  readonly mode: "demo" | "start";
  /** Start, sign in, see a flow, stop. */
  readonly check: boolean;
  /** The repository or installation that holds the bundles. */
  readonly root: string;
  /** State folder: databases, keys, passwords, logs. */
  readonly home: string;
  /** Port of the web app; every other port is an offset of it (see ports.ts). */
  readonly port: number;
  readonly email: string;
  /** Shortened delays of the sandbox, for tests; empty for the real ones. */
  readonly sandboxTime: string;
  /** What every child process inherits; the rest of its environment is given explicitly. */
  readonly inheritedEnv: Readonly<Record<string, string>>;
}

const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/** Reads `demo|start [--check]` and ISTHMUS_HOME, ISTHMUS_PORT, ISTHMUS_EMAIL, ISTHMUS_SANDBOX_TIME; throws with the cure. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): StandaloneConfig {
  const [mode = "start", ...flags] = argv;
  if (mode !== "demo" && mode !== "start") throw new Error(`unknown mode \`${mode}\`: use \`demo\` or \`start\``);
  const unknown = flags.find((flag) => flag !== "--check");
  if (unknown !== undefined) throw new Error(`unknown option \`${unknown}\`: the only option is \`--check\``);
  const root = resolve(import.meta.dirname, "../../..");
  return {
    mode,
    check: flags.includes("--check"),
    root,
    home: resolve(env["ISTHMUS_HOME"] ?? `${root}/.isthmus`),
    port: readPort(env["ISTHMUS_PORT"] ?? "7400"),
    email: env["ISTHMUS_EMAIL"] ?? "admin@isthmus.local",
    sandboxTime: env["ISTHMUS_SANDBOX_TIME"] ?? "",
    inheritedEnv: Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 65_000) {
    throw new Error(`ISTHMUS_PORT is \`${text}\`: give a whole number from 1024 to 65000`);
  }
  return port;
}
