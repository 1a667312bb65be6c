import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { bundled } from "./bundled";

/** A server in a process of its own that answers for pods, and what is shown to it. */
export interface ServerUnderTest {
  readonly apiUrl: string;
  readonly agent: https.Agent;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** What it shows itself. */
  readonly serving: { readonly cert: string; readonly key: string };
  /** Processor time since its start. */
  cpuSeconds(): number;
}

/** A sandbox with one cluster whose pods all run. */
export interface SandboxUnderTest extends ServerUnderTest {
  /** From its start until every pod was ready, as its own log tells it (twice a second). */
  readonly secondsUntilAllRun: number;
  /** Processor time that this took. */
  readonly cpuSecondsUntilAllRun: number;
  residentMegabytes(): { readonly now: number; readonly most: number };
  stop(): Promise<void>;
}

interface LogLine {
  readonly msg: string;
  readonly clusters: readonly { readonly apiUrl: string }[];
  readonly running: number;
  readonly wanted: number;
}

/** Starts a sandbox with one cluster that is generated from `generate`; resolves when all its pods run. */
export async function startSandbox(generate: Readonly<Record<string, unknown>> | undefined): Promise<SandboxUnderTest> {
  const folder = mkdtempSync(path.join(tmpdir(), "isthmus-bench-"));
  const scenario = path.join(folder, "scenario.json");
  writeFileSync(scenario, JSON.stringify({ seed: 1, clusters: [{ name: "bench", ...(generate && { generate }) }] }));
  const env = { ISTHMUS_SANDBOX_STATE: folder, ISTHMUS_SANDBOX_SCENARIO: scenario, ISTHMUS_EXIT_WITH_PARENT: "1" };
  const main = await bundled(path.join(import.meta.dirname, "../src/main.ts"));
  const beganAt = performance.now();
  const child = spawn(process.execPath, [main], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const apiUrl = await allRunning(child);
  const secondsUntilAllRun = (performance.now() - beganAt) / 1_000;
  const keys = JSON.parse(readFileSync(path.join(folder, "bench/keys.json"), "utf8")) as Keys;
  const { authority, admin, serving } = keys;
  const tls = { ca: authority.certificate, cert: admin.certificate, key: admin.privateKey };
  const agent = new https.Agent({ ...tls, keepAlive: true, maxSockets });
  return {
    secondsUntilAllRun,
    cpuSecondsUntilAllRun: cpuSecondsOf(child),
    cpuSeconds: () => cpuSecondsOf(child),
    apiUrl,
    agent,
    tls,
    serving: { cert: serving.certificate, key: serving.privateKey },
    residentMegabytes: () => ({ now: statusOf(child, "VmRSS"), most: statusOf(child, "VmHWM") }),
    stop: async () => {
      agent.destroy();
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Keys {
  readonly authority: { readonly certificate: string };
  readonly admin: KeyPair;
  readonly serving: KeyPair;
}

interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

async function allRunning(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the sandbox has no output");
  let apiUrl = "";
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as LogLine;
    if (entry.msg === "ready") apiUrl = entry.clusters[0]?.apiUrl ?? "";
    if (entry.msg === "pods" && entry.running >= entry.wanted) {
      child.stdout.resume();
      return apiUrl;
    }
  }
  throw new Error("the sandbox ended before its pods ran");
}

/** A client of Kubernetes has a few connections; one for each request would measure handshakes. */
const maxSockets = 16;

const ticksASecond = 100;

/** Processor time of a process since its start, in seconds. */
export function cpuSecondsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
}

function statusOf({ pid }: ChildProcess, field: string): number {
  const line = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(line?.[1]) * 1_024) / 1_000_000;
}
