import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root, type Demo } from "../e2e/support/demo";
import { coresUsed, residentBytes } from "../e2e/support/process-cost";
import { childPids } from "../e2e/support/processes";
import { below, belowShare, type BenchRow } from "@isthmus/bench-rows";

const MEGABYTE = 1_000_000;
const IDLE_MS = 60_000;
const BUSY_MS = 5_000;

/** Resident memory of the agents: how much at most, and how much on average. */
export async function measureMemory({ home }: Demo): Promise<readonly BenchRow[]> {
  const agents = Object.entries(childPids(home)).filter(([name]) => name.startsWith("agent "));
  if (agents.length !== 3) throw new Error(`${agents.length} agents run instead of three`);
  const megabytes = agents.map(([, pid]) => residentBytes(pid) / MEGABYTE);
  const baseline = await whileRunning("setInterval(() => {}, 1000)", (pid) => residentBytes(pid) / MEGABYTE);
  const mean = megabytes.reduce((sum, each) => sum + each, 0) / megabytes.length;
  const name = "resident memory of an agent, against a bare Node process";
  return [
    below(150, `${name}: mean of 3`, { value: mean, baseline, unit: "MB" }),
    below(200, `${name}: largest of 3`, { value: Math.max(...megabytes), baseline, unit: "MB" }),
  ];
}

/** Processor time of the supervisor and everything below it, with nobody looking at a page. */
export async function measureIdle(demo: Demo): Promise<BenchRow> {
  const { pid } = demo.process;
  if (pid === undefined) throw new Error("the demo has no process");
  const value = await coresUsed(pid, IDLE_MS);
  const baseline = await whileRunning("for (;;);", (busy) => coresUsed(busy, BUSY_MS));
  return below(0.7, `all processes of the demo over ${IDLE_MS / 1_000} s idle, against one busy process`, {
    value,
    baseline,
    unit: "cores",
  });
}

/** Runs a script in a Node of its own, measures it once it runs, and ends it. */
async function whileRunning(script: string, measure: (pid: number) => number | Promise<number>): Promise<number> {
  const child = spawn(process.execPath, ["-e", `console.log("runs"); ${script}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    if (child.pid === undefined) throw new Error("Node did not start");
    return await measure(child.pid);
  } finally {
    child.kill("SIGKILL");
  }
}

/** The agent's bundle beside one of the whole Kubernetes client, which it holds only parts of. */
export async function measureBundle(): Promise<BenchRow> {
  const whole = await build({
    stdin: { contents: 'export * from "@kubernetes/client-node";', resolveDir: join(root, "packages/k8s") },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifySyntax: true,
    write: false,
    logLevel: "error",
  });
  const baseline = whole.outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0);
  const value = statSync(join(root, "apps/agent/dist/main.js")).size;
  return belowShare(0.5, "the agent's bundle, against one of the whole client-node alone", {
    value,
    baseline,
    unit: "bytes",
  });
}
