import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

/** A cluster as the sandbox's process tells of it once it is ready. */
export interface ReadyCluster {
  readonly name: string;
  readonly apiUrl: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly goldmaneAddress: string;
}

/** How many of the pods that the scenario asks for run by now. */
export interface PodCount {
  readonly cluster: string;
  readonly running: number;
  readonly wanted: number;
}

/** What a sandbox is started with. */
export interface SandboxStart {
  /** The bundle of the sandbox's process. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Everything that the process says goes there. */
  readonly logFile: string;
  readonly onReady: (clusters: readonly ReadyCluster[]) => void;
  readonly onPods: (count: PodCount) => void;
}

/** The sandbox's process while it runs. */
export interface SandboxProcess {
  /** Asks it to stop; a second time ends it at once. */
  stop(): void;
  /** Resolves when it has ended: cleanly, or with its last words. */
  readonly ended: Promise<{ readonly clean: boolean; readonly words: string }>;
}

const fatalLevel = 60;

/** Starts the process that hosts the clusters; it ends with this one, and sees nothing of this one's environment. */
export function startSandboxProcess(start: SandboxStart): SandboxProcess {
  const env = { ...start.env, ISTHMUS_EXIT_WITH_PARENT: "1" };
  const child = spawn(process.execPath, [start.program], { env, stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(start.logFile, { mode: 0o600 });
  let words = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.write(`${line}\n`);
    words = hear(line, start) ?? words;
  });
  child.stderr.on("data", (piece: Buffer) => {
    log.write(piece);
    if (words === "") words = piece.toString("utf8").trim();
  });
  let asked = 0;
  return {
    stop: () => {
      asked += 1;
      child.kill(asked === 1 ? "SIGTERM" : "SIGKILL");
    },
    ended: endOf(child).then((clean) => {
      log.end();
      return { clean, words };
    }),
  };
}

function endOf(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    // While it starts it has nothing to put away: SIGTERM ends it there and then.
    child.once("close", (code, signal) => resolve(code === 0 || signal === "SIGTERM"));
  });
}

/** Takes one line of the process's log; gives its words where it says why it ends. */
function hear(line: string, { onReady, onPods }: SandboxStart): string | undefined {
  const entry = parse(line);
  if (entry === undefined) return undefined;
  if (entry["msg"] === "ready") onReady(entry["clusters"] as readonly ReadyCluster[]);
  if (entry["msg"] === "pods") onPods(entry as unknown as PodCount);
  return entry["level"] === fatalLevel ? String(entry["msg"]) : undefined;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
