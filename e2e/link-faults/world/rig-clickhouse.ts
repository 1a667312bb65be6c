import { startTestFlowStore } from "@isthmus/flow-store/testing";
import { eventually } from "../../support/eventually";
import type { Select } from "../judge/stored-evidence";

/** The embedded ClickHouse engine's process, to be hurt and asked. */
export interface RigClickHouse {
  readonly port: number;
  readonly credentials: { readonly user: string; readonly password: string; readonly database: string };
  pid(): number;
  isDown(): boolean;
  down(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  up(): Promise<void>;
  /** Asks for rows, past every proxy. */
  readonly select: Select;
  command(sql: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it in a temporary folder. */
export async function startRigClickHouse(): Promise<RigClickHouse> {
  const store = await startTestFlowStore();
  const { url, user, password, database } = store.connection;
  const isDown = (): boolean => {
    try {
      process.kill(store.pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  const ask = async (sql: string): Promise<string> => {
    const answer = await fetch(`${url}/?database=${database}&output_format_json_quote_64bit_integers=0`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
      body: sql,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse: ${text.slice(0, 500)}`);
    return text;
  };
  return {
    port: Number(new URL(url).port),
    credentials: { user, password, database },
    pid: () => store.pid,
    isDown,
    down: async (signal) => {
      if (isDown()) return;
      if (signal === "SIGKILL") return await store.kill();
      process.kill(store.pid, "SIGTERM");
      const ended = (): Promise<true | undefined> => Promise.resolve(isDown() ? true : undefined);
      await eventually("ClickHouse to end", ended, { timeoutMs: 15_000, everyMs: 50 }).catch(() => store.kill());
    },
    up: async () => {
      if (isDown()) await store.restart();
    },
    select: async <T>(sql: string) =>
      (await ask(`${sql} FORMAT JSONEachRow`))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as T),
    command: async (sql) => void (await ask(sql)),
    stop: async () => void (await store.stop()),
  };
}
