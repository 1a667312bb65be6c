import { parentPort, workerData, type Worker } from "node:worker_threads";
import { createDatabase } from "@isthmus/db";
import type { Logger } from "pino";
import { createMetrics, type GatewayMetrics } from "../metrics";
import { wallClock } from "../wall-clock";
import { createCompileJob, type CompileJob } from "./compile-job";

/** What a thread that compiles is given. */
export interface CompileThreadData {
  readonly databaseUrl: string;
}

type Order =
  | { readonly kind: "run"; readonly number: number; readonly organisationId: string }
  | { readonly kind: "forget"; readonly organisationId: string };

interface Answer {
  readonly number: number;
  readonly waits: boolean;
  /** Why it failed; absent where it did not. */
  readonly error?: string;
}

/** A compiler in a thread of its own. */
export interface CompileThread extends CompileJob {
  close(): Promise<void>;
}

interface Pending {
  readonly organisationId: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Compiles in a thread of its own: a mesh of a thousand clusters takes a second of one core, for which sessions must not
 * wait. A thread that ends is started anew for the next run.
 */
export function createCompileThread(
  start: () => Worker,
  metrics: Pick<GatewayMetrics, "compileSeconds">,
): CompileThread {
  const pending = new Map<number, Pending>();
  const waiting = new Set<string>();
  let worker: Worker | undefined;
  let number = 0;
  const lost = (error: Error): void => {
    worker = undefined;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const answered = ({ number: of, waits, error }: Answer): void => {
    const run = pending.get(of);
    if (run === undefined) return;
    pending.delete(of);
    if (waits) waiting.add(run.organisationId);
    else waiting.delete(run.organisationId);
    if (error === undefined) run.resolve();
    else run.reject(new Error(error));
  };
  const thread = (): Worker => {
    if (worker !== undefined) return worker;
    const started = start();
    started.on("message", answered);
    started.on("error", lost);
    started.on("exit", (code) => worker === started && lost(new Error(`the compiling thread ended with ${code}`)));
    worker = started;
    return started;
  };
  const tell = (order: Order): void => thread().postMessage(order);
  return {
    run: async (organisationId) => {
      const stop = metrics.compileSeconds.startTimer();
      number += 1;
      const own = number;
      await new Promise<void>((resolve, reject) => {
        pending.set(own, { organisationId, resolve, reject });
        tell({ kind: "run", number: own, organisationId });
      });
      stop();
    },
    forget: (organisationId) => {
      if (worker !== undefined) tell({ kind: "forget", organisationId });
    },
    waits: (organisationId) => waiting.has(organisationId),
    close: async () => {
      const last = worker;
      worker = undefined;
      await last?.terminate();
    },
  };
}

/** The thread's own end: does what it is told for as long as it lives. */
export function serveCompiling(log: Logger): void {
  const port = parentPort;
  if (port === null) throw new Error("this is not a thread");
  // INVARIANT: only main starts this thread, and it gives it this.
  const { databaseUrl } = workerData as CompileThreadData;
  const database = createDatabase(databaseUrl, { maxConnections: 2, kind: "gateway" });
  const job = createCompileJob({ database, clock: wallClock, log, metrics: createMetrics() });
  port.on("message", (order: Order) => {
    if (order.kind === "forget") return job.forget(order.organisationId);
    const { number, organisationId } = order;
    const answer = (error?: string): void => {
      const waits = job.waits(organisationId);
      port.postMessage({ number, waits, ...(error === undefined ? {} : { error }) } satisfies Answer);
    };
    job.run(organisationId).then(
      () => answer(),
      (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
    );
  });
}
