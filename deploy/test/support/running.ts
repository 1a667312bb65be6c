import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";

/** A process of an image, started as its container would start it. */
export interface Running {
  readonly output: () => string;
  /** Resolves with its exit code or signal. */
  readonly ended: Promise<string>;
  stop(): Promise<string>;
}

/** What to start: Node on a file of the assembled folder, with this environment and no other. */
export interface Start {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts it. */
export function startProcess({ cwd, args, env }: Start): Running {
  const child: ChildProcess = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  const endWithThis = () => child.kill("SIGKILL");
  process.once("exit", endWithThis);
  const ended = new Promise<string>((resolve) =>
    child.once("close", (code, signal) => {
      process.removeListener("exit", endWithThis);
      resolve(String(signal ?? code));
    }),
  );
  return {
    output: () => output,
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** A port of loopback that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Asks until the address answers with 200; fails with what the process said when it ends before. */
export async function answers(url: string, running: Running): Promise<void> {
  const ended = running.ended.then((how) => {
    throw new Error(`ended with ${how} before ${url} answered:\n${running.output()}`);
  });
  const answered = async () => {
    const until = Date.now() + 60_000;
    for (;;) {
      const status = await fetch(url).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      if (Date.now() > until) throw new Error(`${url} does not answer with 200 (${status}):\n${running.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.race([answered(), ended]);
}
