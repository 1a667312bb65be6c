import { statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The disk takes nothing now, or did not for a moment while something was written. */
export class DiskFull extends Error {
  override readonly name = "DiskFull";
}

/** What the guard needs. */
export interface DiskGuardOptions {
  /** Where the disk is tried: a folder that nobody else writes to. */
  readonly folder: string;
  /** Keeps the engine from merging parts, and from removing those that were merged; or lets it again. */
  readonly setMerges: (allowed: boolean) => Promise<void>;
  /** Puts right what was cut off since a time, Unix ms, and gives a line for each part. Nothing else is written meanwhile. */
  readonly salvage: (sinceMs: number) => Promise<readonly string[]>;
  readonly onEvent: (event: string, details: Readonly<Record<string, unknown>>) => void;
}

const LOOK_MS = 500;
/** What a part of a request of the largest size may need by far. */
const FLOOR_BYTES = 64 * 1024 * 1024;
const PROBE = Buffer.alloc(4_096, 1);

/**
 * Stands between requests that write and the engine, which says "stored" where the system refused its writes (chdb 3.4:
 * the part is there, and its files are cut off). The disk is tried before and after each, and twice a second for the
 * sake of merges. Where it took nothing, whatever was written since it last did is in doubt: requests fail, merges rest,
 * and parts are looked through before anything is taken again.
 */
export class DiskGuard {
  readonly #options: DiskGuardOptions;
  readonly #timer: NodeJS.Timeout;
  #goodAtMs = Date.now();
  #doubtSinceMs: number | undefined;
  /** Counts doubts: who began before one has written in it. */
  #doubts = 0;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      if (!this.#isLooking) void this.#look();
    }, LOOK_MS).unref();
  }

  /** Resolves when no table is away to be put right. */
  async settled(): Promise<void> {
    if (this.#doubtSinceMs !== undefined) await this.#looking;
  }

  /** Does work that writes; throws DiskFull where it was not begun, or where it is not certain that it was written. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const reason = await this.#try();
    if (reason !== undefined || this.#doubtSinceMs !== undefined)
      throw new DiskFull(reason ?? "parts are looked through");
    const before = this.#doubts;
    const result = await work();
    if ((await this.#try()) !== undefined || this.#doubts !== before) {
      throw new DiskFull("the disk was full meanwhile; what was stored is looked through");
    }
    return result;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Why the disk takes nothing; undefined where it does. */
  async #try(): Promise<string | undefined> {
    const atMs = Date.now();
    const reason = await whyFull(this.#options.folder);
    if (reason === undefined && this.#doubtSinceMs === undefined) this.#goodAtMs = atMs;
    if (reason !== undefined && this.#doubtSinceMs === undefined) {
      this.#doubtSinceMs = this.#goodAtMs;
      this.#doubts += 1;
      this.#options.onEvent("the disk is full: nothing is stored until it has room", { reason });
      void this.#look();
    }
    return reason;
  }

  /** One after another. */
  #look(): Promise<void> {
    this.#isLooking = true;
    const looked = this.#looking
      .then(() => this.#lookOnce())
      .catch((error: unknown) =>
        this.#options.onEvent("parts could not be looked through; trying again", { err: error }),
      )
      .finally(() => (this.#isLooking = false));
    this.#looking = looked;
    return looked;
  }

  async #lookOnce(): Promise<void> {
    const reason = await this.#try();
    const sinceMs = this.#doubtSinceMs;
    if (sinceMs === undefined) return;
    const { setMerges, salvage, onEvent } = this.#options;
    await setMerges(false);
    if (reason !== undefined) return;
    const parts = await salvage(sinceMs);
    if (parts.length > 0) onEvent("parts were cut off while the disk was full", { parts });
    if ((await whyFull(this.#options.folder)) !== undefined) return;
    this.#doubtSinceMs = undefined;
    await setMerges(true);
    onEvent("the disk has room again", {});
  }
}

async function whyFull(folder: string): Promise<string | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FLOOR_BYTES) return `${Math.floor((bavail * bsize) / 2 ** 20)} MiB are free`;
    await writeFile(join(folder, "probe"), PROBE);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
