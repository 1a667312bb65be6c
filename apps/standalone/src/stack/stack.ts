import { spawn } from "node:child_process";
import { join } from "node:path";
import { superviseProcess, type ProcessSpec, type SupervisedProcess } from "../supervise/supervised-process";
import { clickhouseProcess, gatewayProcess, sandboxProcess, webProcess, type StackSettings } from "./processes";
import type { StackInput } from "./stack-input";
import { supervisePostgres } from "./supervised-postgres";

/** The embedded stack: stores, gateways, web and, in the demo, the sandbox. */
export interface Stack {
  readonly settings: StackSettings;
  /** The sandbox's own account of its clusters, once it is ready; empty without sandbox. */
  readonly sandboxClusters: readonly SandboxCluster[];
  stop(): Promise<void>;
}

/** One line of the sandbox's ready message. */
export interface SandboxCluster {
  readonly name: string;
  readonly apiUrl: string;
  readonly kubeconfig: string;
  /** host:port of the cluster's Goldmane. */
  readonly goldmaneAddress: string;
  readonly labels: Readonly<Record<string, string>>;
}

const READY_MS = 60_000;

/** Starts stores, then gateways, web and sandbox side by side; what was started is stopped again when a step fails. */
export async function startStack(input: StackInput): Promise<Stack> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const settings = await startStores(input, stops);
    const sandboxClusters = await startServices(input, settings, stops);
    return { settings, sandboxClusters, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startStores(input: StackInput, stops: (() => Promise<void>)[]): Promise<StackSettings> {
  const { config, folder, secrets, ports, console } = input;
  const postgres = await console.step("Postgres", () => supervisePostgres(input));
  stops.push(() => postgres.stop());
  const databaseUrl = postgres.appUrl(secrets.databaseAppPassword);
  const settings: StackSettings = { config, folder, secrets, ports, databaseUrl };
  const clickhouse = supervise(input, clickhouseProcess(settings));
  stops.push(() => clickhouse.stop());
  await console.step("database migrations", () => migrate(input, postgres.ownerUrl));
  await console.step("ClickHouse engine", () => clickhouse.ready(READY_MS));
  return settings;
}

async function startServices(
  input: StackInput,
  settings: StackSettings,
  stops: (() => Promise<void>)[],
): Promise<readonly SandboxCluster[]> {
  const demo = input.config.mode === "demo";
  let clusters: readonly SandboxCluster[] = [];
  const sandbox = {
    ...sandboxProcess(settings),
    onLine: (line: string) => (clusters = readReadyLine(line) ?? clusters),
  };
  const specs = [
    gatewayProcess(settings, 0),
    gatewayProcess(settings, 1),
    webProcess(settings),
    ...(demo ? [sandbox] : []),
  ];
  const processes = specs.map((spec) => supervise(input, spec));
  stops.push(async () => void (await Promise.all(processes.map((process) => process.stop()))));
  for (const process of processes) await input.console.step(process.name, () => process.ready(READY_MS));
  return clusters;
}

function supervise({ pids, console }: StackInput, spec: ProcessSpec): SupervisedProcess {
  const onRestart = (reason: string) =>
    console.say(`  ! ${spec.name} ended (${reason}) and is started again; its log: ${spec.logFile}`);
  return superviseProcess({ ...spec, onRestart }, pids);
}

/** Runs the migrations to their end; rejects with their own words. */
function migrate({ config, secrets }: StackInput, ownerUrl: string): Promise<void> {
  const env = {
    ...config.inheritedEnv,
    ISTHMUS_DATABASE_OWNER_URL: ownerUrl,
    ISTHMUS_DATABASE_APP_PASSWORD: secrets.databaseAppPassword,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(config.root, "packages/db/dist/migrate.js")], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`migrations failed:\n${output}`))));
  });
}

function readReadyLine(line: string): readonly SandboxCluster[] | null {
  if (!line.includes('"ready"')) return null;
  try {
    const message = JSON.parse(line) as { msg?: string; clusters?: readonly SandboxCluster[] };
    return message.msg === "ready" ? (message.clusters ?? null) : null;
  } catch {
    return null;
  }
}
