import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** A line that a process logged. */
export type LogLine = Readonly<Record<string, unknown>>;

/** How to start a process of Node again and again. */
export interface RigProcessOptions {
  /** Tells it from others, and names its files. */
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

const RESTART_MS = 300;
const LINES_KEPT = 4_000;
const TERM_MS = 12_000;
const preload = join(import.meta.dirname, "preload.mjs");

/** A process under a kubelet's eye: it is started anew when it ends, until it is held down or the rig ends. */
export class RigProcess {
  readonly #options: RigProcessOptions;
  readonly #clockFile: string;
  #child: ChildProcess | undefined;
  #isWanted = false;
  #lines: LogLine[] = [];
  #starts = 0;
  /** How it ended when nobody had asked it to. */
  readonly ownEnds: string[] = [];

  constructor(options: RigProcessOptions) {
    this.#options = options;
    this.#clockFile = join(options.folder, `${options.name}.clock`);
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The newest of what it logged, over its starts. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  get starts(): number {
    return this.#starts;
  }

  /** Starts it, unless it runs. */
  up(): void {
    this.#isWanted = true;
    if (this.#child === undefined) this.#launch();
  }

  /** Ends it by a signal and keeps it down; resolves when it is gone. One that does not end in time is killed. */
  async down(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, "exit");
    child.kill(signal);
    // A stopped process takes a signal other than SIGKILL only once it goes on.
    child.kill("SIGCONT");
    const ended = await Promise.race([gone.then(() => true), sleep(TERM_MS, false)]);
    if (!ended) {
      this.ownEnds.push(`did not end ${TERM_MS} ms after ${signal}`);
      child.kill("SIGKILL");
      await gone;
    }
  }

  /** SIGSTOP or SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }

  /** Sets its clock so many seconds off. */
  setClock(offSeconds: number): void {
    writeFileSync(this.#clockFile, String(offSeconds));
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    await this.down("SIGKILL");
    rmSync(this.#clockFile, { force: true });
  }

  #launch(): void {
    const { script, args = [], env } = this.#options;
    this.#starts += 1;
    const child = spawn(process.execPath, ["--import", preload, script, ...args], {
      env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", RIG_CLOCK_FILE: this.#clockFile, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => this.#heard(line));
    child.once("exit", (code, signal) => void this.#ended(signal ?? `code ${code}`));
  }

  #heard(line: string): void {
    this.#lines.push(parsed(line));
    if (this.#lines.length > LINES_KEPT) this.#lines = this.#lines.slice(-LINES_KEPT / 2);
  }

  async #ended(how: string): Promise<void> {
    this.#child = undefined;
    if (!this.#isWanted) return;
    this.ownEnds.push(how);
    await sleep(RESTART_MS);
    if (this.#isWanted && this.#child === undefined) this.#launch();
  }
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
