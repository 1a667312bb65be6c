import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./demo";
import { eventually } from "./eventually";

/** A line of an agent's log, as far as tests read it. */
export interface LogLine {
  readonly msg: string;
  readonly code?: string;
}

/** An agent's process that a test started beside the demo's own. */
export interface ForeignAgent {
  readonly lines: readonly LogLine[];
  /** The first line that fits, awaited. */
  said(what: string, fits: (line: LogLine) => boolean): Promise<LogLine>;
  stop(): Promise<void>;
}

/** What is put in place of the manifest's own arguments. */
export interface ForeignAgentOptions {
  readonly kubeconfig: string;
  /** Arguments of the manifest, `--name=value`. */
  readonly args: readonly string[];
  /** By name; an argument that is absent keeps what the manifest says. */
  readonly replace?: Readonly<Record<string, string>>;
  readonly grantSecret?: string;
}

/** Starts the agent as a process, with a spool and a grant file of its own. */
export function startAgent({ kubeconfig, args, replace = {}, grantSecret = "" }: ForeignAgentOptions): ForeignAgent {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-agent-"));
  writeFileSync(join(folder, "grant"), grantSecret, { mode: 0o600 });
  const own = {
    kubeconfig,
    "grant-file": join(folder, "grant"),
    "ca-file": join(folder, "ca.crt"),
    "spool-dir": join(folder, "spool"),
    listen: "127.0.0.1:0",
    // Beside the cluster's own agent, which holds the lease: such an agent does not ask for it.
    lease: "",
    instance: "foreign",
    ...replace,
  };
  const kept = args.filter((arg) => !Object.keys(own).some((name) => arg.startsWith(`--${name}=`)));
  const given = [...kept, ...Object.entries(own).map(([name, value]) => `--${name}=${value}`)];
  const child = spawn(process.execPath, [join(root, "apps/agent/dist/main.js"), ...given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const lines: LogLine[] = [];
  let partial = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const whole = (partial + chunk.toString("utf8")).split("\n");
    partial = whole.pop() ?? "";
    for (const line of whole) lines.push(JSON.parse(line) as LogLine);
  });
  return {
    lines,
    said: (what, fits) => eventually(`the agent says ${what}`, () => Promise.resolve(lines.find(fits))),
    async stop() {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What an agent is started with, from the manifest that the app shows. */
export function readManifest(manifest: string): { readonly args: readonly string[]; readonly grantSecret: string } {
  const args = [...manifest.matchAll(/^ +- "?(?<arg>--[a-z-]+=[^"\n]*)"?$/gm)].map(
    ({ groups }) => groups?.["arg"] ?? "",
  );
  const secret = /^ {2}secret: "(?<secret>[^"]+)"$/m.exec(manifest)?.groups?.["secret"] ?? "";
  return { args, grantSecret: Buffer.from(secret, "base64").toString("utf8") };
}
