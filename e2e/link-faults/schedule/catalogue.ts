/** A process of the link that a fault befalls. */
export type Process = "agent" | "gateway" | "postgres" | "clickhouse";

/** A connection of the link, named from who dials to who is dialled. */
export type Hop = "agent-gateway" | "agent-goldmane" | "agent-kubernetes" | "gateway-postgres" | "gateway-clickhouse";

/** What a network does to a hop; the proxy's toxics. */
export type Weather = "cut" | "close" | "refuse" | "stall-up" | "stall-down" | "slow" | "latency" | "limit";

/** One kind of fault at one place: what coverage counts. */
export type Kind =
  /** SIGKILL, and a start some time later. */
  | { readonly fault: "kill"; readonly at: Process }
  /** SIGTERM, and a start once it has ended. */
  | { readonly fault: "terminate"; readonly at: Process }
  /** SIGSTOP, and SIGCONT some time later. */
  | { readonly fault: "stop"; readonly at: Process }
  /** No file may grow any more (RLIMIT_FSIZE): every write fails, with EFBIG where a full disk says ENOSPC. */
  | { readonly fault: "disk-full"; readonly at: Exclude<Process, "gateway"> }
  /** The process's clock is set. */
  | { readonly fault: "clock"; readonly at: "agent" | "gateway" }
  /** The agent's pod is moved: it is killed and its spool is gone. */
  | { readonly fault: "spool-lost"; readonly at: "agent" }
  /** A second process of the agent, with the same identity and a spool of its own, works beside it. */
  | { readonly fault: "twin"; readonly at: "agent" }
  /** Goldmane starts anew: its memory is gone. */
  | { readonly fault: "goldmane-restart"; readonly at: "goldmane" }
  | { readonly fault: Weather; readonly at: Hop };

const PROCESSES: readonly Process[] = ["agent", "gateway", "postgres", "clickhouse"];
const HOPS: readonly Hop[] = [
  "agent-gateway",
  "agent-goldmane",
  "agent-kubernetes",
  "gateway-postgres",
  "gateway-clickhouse",
];
const WEATHERS: readonly Weather[] = ["cut", "close", "refuse", "stall-up", "stall-down", "slow", "latency", "limit"];

/**
 * Every kind there is. A gateway writes no file, so its disk cannot be full; the clock of Postgres and ClickHouse is the
 * machine's own, which nobody may set from a test.
 */
export const CATALOGUE: readonly Kind[] = [
  ...PROCESSES.flatMap((at): Kind[] => [
    { fault: "kill", at },
    { fault: "terminate", at },
    { fault: "stop", at },
  ]),
  { fault: "disk-full", at: "agent" },
  { fault: "disk-full", at: "postgres" },
  { fault: "disk-full", at: "clickhouse" },
  { fault: "clock", at: "agent" },
  { fault: "clock", at: "gateway" },
  { fault: "spool-lost", at: "agent" },
  { fault: "twin", at: "agent" },
  { fault: "goldmane-restart", at: "goldmane" },
  ...HOPS.flatMap((at) => WEATHERS.map((fault): Kind => ({ fault, at }))),
];

/** A kind in words: `kill agent`. */
export const kindText = ({ fault, at }: Kind): string => `${fault} ${at}`;
