import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The repository's root. */
export const root = resolve(import.meta.dirname, "../..");

/** A running `npm run demo`, on its own state folder and ports. */
export interface Demo {
  readonly home: string;
  readonly url: string;
  readonly email: string;
  readonly password: string;
  readonly process: ChildProcess;
  /** Everything it printed. */
  output(): string;
  /** Ctrl-C; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** How a demo is started; the same `home` and `port` again is the "second start". */
export interface DemoOptions {
  readonly home: string;
  readonly port: number;
  readonly mode?: "demo" | "start";
  /** ISTHMUS_SANDBOX_TIME: shortened delays, or empty for the real ones. */
  readonly sandboxTime?: string;
  readonly readyMs?: number;
}

/** A new state folder below the system's temporary one, which every user may enter. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "isthmus-e2e-"));
  chmodSync(home, 0o755);
  return home;
}

/** Removes a state folder. */
export const removeHome = (home: string): void => rmSync(home, { recursive: true, force: true });

const READY = /open (?<url>http:\/\/\S+) and sign in as (?<email>\S+) with the password (?<password>\S+)/;

/** Starts the supervisor and resolves once it says where to sign in; rejects with its output when it ends before. */
export function startDemo(options: DemoOptions): Promise<Demo> {
  const child = spawn(process.execPath, [join(root, "apps/standalone/dist/main.js"), options.mode ?? "demo"], {
    cwd: root,
    env: {
      ...process.env,
      ISTHMUS_HOME: options.home,
      ISTHMUS_PORT: String(options.port),
      ISTHMUS_SANDBOX_TIME: options.sandboxTime ?? "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`not ready in time:\n${output}`)), options.readyMs ?? 180_000);
    const take = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const { url, email, password } = READY.exec(output)?.groups ?? {};
      if (url === undefined || email === undefined || password === undefined) return;
      clearTimeout(timer);
      const stop = () => {
        child.kill("SIGINT");
        return exited;
      };
      done({ home: options.home, url, email, password, process: child, output: () => output, stop });
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    void exited.then((code) => {
      clearTimeout(timer);
      fail(new Error(`the demo ended with code ${code} before it was ready:\n${output}`));
    });
  });
}
