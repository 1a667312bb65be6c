import { setTimeout as sleep } from "node:timers/promises";
import type { Hop, Kind, Weather } from "../schedule/catalogue";
import type { Step } from "../schedule/schedule";
import type { LinkProxy, Toxic } from "../proxy/link-proxy";
import { limitFiles } from "../world/file-limit";
import type { RigAgent } from "../world/rig-agent";
import type { RigProcess } from "../world/rig-process";
import type { World } from "../world/world";

/** Who a step can befall. */
export interface Victims {
  readonly world: World;
  readonly agents: readonly RigAgent[];
}

/** A store as a step ends, stops and fills it. */
interface Store {
  pids(): Promise<readonly number[]>;
  down(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  up(): Promise<void>;
}

/** Brings a fault about, waits for as long as it lasts and ends it. What two faults do at once, both undo. */
export async function inflict(step: Step, victims: Victims): Promise<void> {
  const { kind, forMs, amount } = step;
  switch (kind.fault) {
    case "kill":
    case "terminate": {
      const signal = kind.fault === "kill" ? "SIGKILL" : "SIGTERM";
      const { down, up } = startable(kind, step, victims);
      await down(signal);
      await sleep(forMs);
      return await up();
    }
    case "spool-lost": {
      const agent = agentOf(step, victims);
      await agent.process.down("SIGKILL");
      agent.loseSpool();
      await sleep(forMs);
      return agent.process.up();
    }
    case "twin": {
      const { twin } = agentOf(step, victims);
      twin.up();
      await sleep(forMs);
      return await twin.down("SIGTERM");
    }
    case "stop":
      return await stopped(await pidsOf(kind, step, victims), forMs);
    case "disk-full": {
      if (!victims.world.canFillDisks) return;
      await limitFiles(await pidsOf(kind, step, victims), "full");
      await sleep(forMs);
      return await limitFiles(await pidsOf(kind, step, victims), "free");
    }
    case "clock": {
      const process = processOf(kind, step, victims);
      process.setClock(amount);
      await sleep(forMs);
      return process.setClock(0);
    }
    case "goldmane-restart":
      return await restartGoldmane(agentOf(step, victims), forMs);
    case "cut":
    case "close":
    case "refuse":
    case "stall-up":
    case "stall-down":
    case "slow":
    case "latency":
    case "limit":
      return await weather(toxicOf(kind.fault, amount), proxiesOf(kind.at, step, victims), forMs);
  }
}

/** After all steps: nothing is stopped, full, off its time or held back any more, and all that should run does. */
export async function heal({ world, agents }: Victims): Promise<void> {
  const { postgres, clickhouse, gateways } = world;
  for (const proxy of allProxies({ world, agents })) proxy.heal();
  const processes = [...gateways, ...agents].map(({ process }) => process);
  const pids = [...(await postgres.pids()), clickhouse.pid(), ...processes.flatMap(({ pid }) => pid ?? [])];
  if (world.canFillDisks) await limitFiles(pids, "free");
  for (const pid of pids) signalTo(pid, "SIGCONT");
  for (const process of processes) process.setClock(0);
  await Promise.all([postgres.up(), clickhouse.up()]);
  for (const process of processes) process.up();
}

async function stopped(pids: readonly number[], forMs: number): Promise<void> {
  for (const pid of pids) signalTo(pid, "SIGSTOP");
  await sleep(forMs);
  for (const pid of pids) signalTo(pid, "SIGCONT");
}

/** A process that has ended meanwhile cannot be signalled, and needs not. */
function signalTo(pid: number, signal: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
}

async function weather(toxic: Toxic, proxies: readonly LinkProxy[], forMs: number): Promise<void> {
  for (const proxy of proxies) proxy.add(toxic);
  await sleep(forMs);
  for (const proxy of proxies) proxy.remove(toxic);
}

function toxicOf(fault: Weather, amount: number): Toxic {
  switch (fault) {
    case "slow":
      return { kind: fault, bytesPerSecond: amount };
    case "latency":
      return { kind: fault, ms: amount };
    case "limit":
      return { kind: fault, bytes: amount };
    default:
      return { kind: fault };
  }
}

async function restartGoldmane({ goldmane, cluster }: RigAgent, awayMs: number): Promise<void> {
  await goldmane.stop();
  await sleep(awayMs);
  const startedAt = Math.floor(Date.now() / 1_000);
  await goldmane.restart({ id: await cluster.beginGoldmane(startedAt), startedAt });
}

function agentOf({ which }: Step, { agents }: Victims): RigAgent {
  const agent = agents[which];
  if (agent === undefined) throw new Error(`there is no agent ${which}`);
  return agent;
}

function processOf({ at }: Kind, step: Step, victims: Victims): RigProcess {
  if (at === "agent") return agentOf(step, victims).process;
  const gateway = victims.world.gateways[step.which];
  if (gateway === undefined) throw new Error(`there is no gateway ${step.which}`);
  return gateway.process;
}

function storeOf({ at }: Kind, { world }: Victims): Store | undefined {
  const { clickhouse, postgres } = world;
  if (at === "postgres") return postgres;
  if (at !== "clickhouse") return undefined;
  return { ...clickhouse, pids: () => Promise.resolve(clickhouse.isDown() ? [] : [clickhouse.pid()]) };
}

function startable(kind: Kind, step: Step, victims: Victims): Pick<Store, "down" | "up"> {
  const store = storeOf(kind, victims);
  if (store !== undefined) return store;
  const process = processOf(kind, step, victims);
  return { down: (signal) => process.down(signal), up: () => Promise.resolve(process.up()) };
}

async function pidsOf(kind: Kind, step: Step, victims: Victims): Promise<readonly number[]> {
  const store = storeOf(kind, victims);
  if (store !== undefined) return await store.pids();
  const { pid } = processOf(kind, step, victims);
  return pid === undefined ? [] : [pid];
}

function proxiesOf(hop: Hop, step: Step, victims: Victims): readonly LinkProxy[] {
  switch (hop) {
    case "agent-gateway":
      return agentOf(step, victims).gatewayProxies;
    case "agent-goldmane":
      return [agentOf(step, victims).goldmaneProxy];
    case "agent-kubernetes":
      return [agentOf(step, victims).kubernetesProxy];
    case "gateway-postgres":
      return victims.world.gateways.slice(step.which, step.which + 1).map(({ postgresProxy }) => postgresProxy);
    case "gateway-clickhouse":
      return victims.world.gateways.slice(step.which, step.which + 1).map(({ clickhouseProxy }) => clickhouseProxy);
  }
}

function allProxies({ world, agents }: Victims): readonly LinkProxy[] {
  return [
    ...world.gateways.flatMap(({ postgresProxy, clickhouseProxy }) => [postgresProxy, clickhouseProxy]),
    ...agents.flatMap(({ gatewayProxies, goldmaneProxy, kubernetesProxy }) => [
      ...gatewayProxies,
      goldmaneProxy,
      kubernetesProxy,
    ]),
  ];
}
