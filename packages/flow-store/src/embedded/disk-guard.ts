import { randomUUID } from "node:crypto";
import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KEPT_FREE_BYTES } from "./server-settings";
import type { TableFolders } from "./table-folders";

/** Runs a statement and gives its rows, as JSONEachRow writes them. */
export type Ask = <T>(sql: string) => Promise<readonly T[]>;

/** The disk takes nothing, or did not while something was written and that has not been looked through yet. */
export class DiskFull extends Error {
  override readonly name = "DiskFull";
}

/** What may have been cut off. */
export interface Doubt {
  /** When the disk was last seen to take what is written, Unix ms. */
  readonly sinceMs: number;
  /** What was there before the write that the doubt befell; undefined where none was under way. */
  readonly before: TableFolders | undefined;
}

/** What the guard needs. */
export interface DiskGuardOptions {
  /** Where the disk is tried: a folder that nobody else writes to. */
  readonly folder: string;
  /** Keeps the engine from merging parts and from removing those that were merged, or lets it again. */
  readonly setMerges: (allowed: boolean) => Promise<void>;
  /** Does work while nothing else is written. */
  readonly alone: (work: (ask: Ask) => Promise<void>) => Promise<void>;
  /** Puts right what was cut off, and gives a line for each. */
  readonly salvage: (ask: Ask, doubt: Doubt) => Promise<readonly string[]>;
  readonly onEvent: (event: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How a write is done. */
export interface GuardedWrite<T> {
  /** Notes what is there before it. */
  readonly note: () => TableFolders;
  readonly work: () => Promise<T>;
}

const LOOK_MS = 500;
const PROBE = Buffer.alloc(16 * 1_024, 1);

/**
 * Stands between what writes and the engine, which says "stored" where the system refused its writes (chdb 3.4: the part
 * is there, and its files are cut off). The disk is tried before and after each write, and twice a second for the sake of
 * merges. Where it took nothing, what was written since it last did is in doubt: writes fail, merges rest, and tables are
 * looked through before anything is taken again.
 */
export class DiskGuard {
  readonly #options: DiskGuardOptions;
  readonly #timer: NodeJS.Timeout;
  #goodAtMs = Date.now();
  #doubt: Doubt | undefined;
  /** Counts doubts: a write that began before one has ended in it. */
  #doubts = 0;
  #writing: TableFolders | undefined;
  #looking: Promise<void> | undefined;
  /** While tables are away to be put right. */
  #mending: Promise<unknown> | undefined;
  #trouble = "";

  constructor(options: DiskGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Resolves when no table is away. */
  async settled(): Promise<void> {
    while (this.#mending !== undefined) await this.#mending.catch(() => undefined);
  }

  /** Throws DiskFull while it is not certain what is stored. */
  mustBeCertain(): void {
    if (this.#doubt !== undefined)
      throw new DiskFull("what was stored while the disk was full is not looked through yet");
  }

  /** Does work that writes, one at a time; throws DiskFull where it was not begun, or where it may have been cut off. */
  async write<T>({ note, work }: GuardedWrite<T>): Promise<T> {
    const reason = await this.#probe();
    if (reason !== undefined) throw new DiskFull(`the disk is full: ${reason}`);
    this.mustBeCertain();
    const before = this.#doubts;
    this.#writing = note();
    const [outcome] = await Promise.allSettled([work()]);
    const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
    if (this.#doubt === undefined && tellsOfFullDisk(error)) this.#beginDoubt(String(error));
    await this.#probe();
    this.#writing = undefined;
    if (this.#doubts !== before) {
      throw new DiskFull("the disk was full meanwhile; what was stored is looked through", { cause: error });
    }
    if (outcome.status === "rejected") throw error;
    return outcome.value;
  }

  /** Looks no more, and resolves when nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Why the disk takes nothing; undefined where it does. */
  async #probe(): Promise<string | undefined> {
    const atMs = Date.now();
    const reason = await whyFull(this.#options.folder);
    if (reason === undefined && this.#doubt === undefined) this.#goodAtMs = atMs;
    if (reason !== undefined && this.#doubt === undefined) this.#beginDoubt(reason);
    return reason;
  }

  #beginDoubt(reason: string): void {
    // The clock may have been set back since.
    this.#doubt = { sinceMs: Math.min(this.#goodAtMs, Date.now()), before: this.#writing };
    this.#doubts += 1;
    this.#options.onEvent("the disk is full: nothing is stored until it has room", { reason });
    void this.#look();
  }

  async #look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .then(() => (this.#trouble = ""))
      .catch((error: unknown) => {
        const trouble = String(error);
        if (trouble !== this.#trouble)
          this.#options.onEvent("what was cut off could not be put right yet", { trouble });
        this.#trouble = trouble;
      })
      .then(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const reason = await this.#probe();
    if (this.#doubt === undefined) return;
    const { setMerges, alone, onEvent } = this.#options;
    await setMerges(false);
    if (reason !== undefined) return;
    await alone(async (ask) => {
      const { salvage, folder } = this.#options;
      // INVARIANT: whoever clears it is this one, and looks come one after another.
      const mending = salvage(ask, this.#doubt as Doubt);
      this.#mending = mending;
      try {
        const lines = await mending;
        if (lines.length > 0) onEvent("what was cut off while the disk was full is put right", { lines });
      } finally {
        this.#mending = undefined;
      }
      if ((await whyFull(folder)) !== undefined) return;
      await setMerges(true);
      this.#doubt = undefined;
      onEvent("the disk has room again", {});
    });
  }
}

/** Errors of the system and of the engine that say so. */
export function tellsOfFullDisk(error: unknown): boolean {
  const { code = "", message = "" } = (error ?? {}) as { readonly code?: string; readonly message?: string };
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(code) || /^Code: 243\.|errno: (?:27|28|122)\b/u.test(message);
}

async function whyFull(folder: string): Promise<string | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < KEPT_FREE_BYTES) return `${Math.floor((bavail * bsize) / 2 ** 20)} MiB are free`;
    // A file of its own each time: one that is there already would give its room back first.
    const file = join(folder, `probe-${randomUUID()}`);
    try {
      await writeFile(file, PROBE);
    } finally {
      await rm(file, { force: true });
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
