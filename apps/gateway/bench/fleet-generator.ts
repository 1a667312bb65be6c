import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FleetOrders, FleetReport } from "./fleet-agents.script";
import { bundled } from "./bundled";

/** A thousand light agents in a process of their own. */
export interface Fleet {
  readonly clusterIds: readonly string[];
  order(order: "dial" | "cut" | "mark"): Promise<void>;
  /** The first report that is as asked. */
  until(isIt: (report: FleetReport) => boolean, timeoutMs: number): Promise<FleetReport>;
  /** Waits until what the last phase left has passed: no desired state comes for two seconds. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/** The orders of the generator, and which clusters its agents are of. */
export interface FleetOptions extends Omit<FleetOrders, "agents"> {
  readonly agents: readonly (FleetOrders["agents"][number] & { readonly clusterId: string })[];
}

/** Starts the generator; nobody dials before they are told to. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-fleet-"));
  const script = await bundled("apps/gateway/bench/fleet-agents.script.ts");
  const file = join(folder, "orders.json");
  await writeFile(file, JSON.stringify(options));
  const child = spawn(process.execPath, [script.path, file], { stdio: ["pipe", "pipe", "inherit"] });
  let last: FleetReport | undefined;
  let waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = JSON.parse(line) as FleetReport;
    for (const wake of waiting.splice(0)) wake();
  });
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const until: Fleet["until"] = async (isIt, timeoutMs) => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      await next();
      if (last && isIt(last)) return last;
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(`the fleet is not as it should be: ${JSON.stringify({ ...last, deliveredAtMs: 0 })}`);
    }
  };
  return {
    clusterIds: options.agents.map(({ clusterId }) => clusterId),
    order: async (order) => {
      child.stdin.write(`${order}\n`);
      await next();
    },
    until,
    quiet: async () => {
      for (let calm = 0, before = -1; calm < 8;) {
        const { deliveredAtMs } = await until(() => true, 10_000);
        calm = deliveredAtMs.length === before ? calm + 1 : 0;
        before = deliveredAtMs.length;
      }
    },
    stop: async () => {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
      await Promise.all([rm(folder, { recursive: true }), script.remove()]);
    },
  };
}
