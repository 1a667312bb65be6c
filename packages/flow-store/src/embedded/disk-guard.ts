import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KEPT_FREE_BYTES } from "./server-settings";
import type { Salvage } from "./salvage";
import type { TableFolders } from "./table-folders";
import type { WriteNote } from "./write-note";

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

/** What the engine may do of itself: merge parts, and remove those that were merged. */
export type Background = "nothing" | "cleanup" | "everything";

/** What the guard needs. */
export interface DiskGuardOptions {
  /** Where the disk is tried: a folder that nobody else writes to. */
  readonly folder: string;
  /** How much that disk has left for us. */
  readonly freeBytes: () => Promise<number>;
  readonly allow: (background: Background) => Promise<void>;
  /** Does work while nothing else is written. */
  readonly alone: (work: (ask: Ask) => Promise<void>) => Promise<void>;
  readonly salvage: Salvage;
  /** Keeps what is there before a write for as long as that is under way or in doubt. */
  readonly note: WriteNote;
  readonly onEvent: (event: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How a write is done. */
export interface GuardedWrite<T> {
  /** Says what is there before it. */
  readonly look: () => TableFolders;
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
  /** Whether tables were looked through in this doubt; nothing is written in it after that. */
  #isSettled = false;
  /** Counts doubts: a write that began before one has ended in it. */
  #doubts = 0;
  #writing: TableFolders | undefined;
  #looking: Promise<void> | undefined;
  #trouble = "";

  constructor(options: DiskGuardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Resolves when no table is away; throws DiskFull where one stays away for now. */
  async everyTableThere(): Promise<void> {
    const { salvage } = this.#options;
    while (salvage.isAnyAway() && this.#looking !== undefined) await this.#looking;
    if (salvage.isAnyAway()) throw new DiskFull("a table that the full disk cut off could not be put right yet");
  }

  /** Throws DiskFull while it is not certain what is stored. */
  mustBeCertain(): void {
    if (this.#doubt !== undefined)
      throw new DiskFull("what was stored while the disk was full is not looked through yet");
  }

  /** Does work that writes, one at a time; throws DiskFull where it was not begun, or where it may have been cut off. */
  async write<T>({ look, work }: GuardedWrite<T>): Promise<T> {
    const reason = await this.#probe();
    if (reason !== undefined) throw new DiskFull(`the disk is full: ${reason}`);
    this.mustBeCertain();
    const before = this.#doubts;
    this.#writing = look();
    this.#keep(this.#writing);
    const [outcome] = await Promise.allSettled([work()]);
    const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
    if (this.#doubt === undefined && tellsOfFullDisk(error)) this.#beginDoubt(String(error));
    await this.#probe();
    this.#writing = undefined;
    if (this.#doubts !== before) {
      throw new DiskFull("the disk was full meanwhile; what was stored is looked through", { cause: error });
    }
    this.#options.note.forget();
    if (outcome.status === "rejected") throw error;
    return outcome.value;
  }

  /** Looks once more where something is in doubt, then no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    if (this.#doubt !== undefined) await this.#look();
  }

  #keep(before: TableFolders): void {
    try {
      this.#options.note.keep(before);
    } catch (error) {
      this.#writing = undefined;
      throw new DiskFull(`the disk is full: ${String(error)}`, { cause: error });
    }
  }

  /** Why nothing may be written; undefined where it may. */
  async #probe(): Promise<string | undefined> {
    const atMs = Date.now();
    const { refuses, isLow } = await stateOf(this.#options);
    const reason = refuses ?? isLow;
    if (reason === undefined && this.#doubt === undefined) this.#goodAtMs = atMs;
    if (reason !== undefined && this.#doubt === undefined) this.#beginDoubt(reason);
    return reason;
  }

  #beginDoubt(reason: string): void {
    // The clock may have been set back since.
    this.#doubt = { sinceMs: Math.min(this.#goodAtMs, Date.now()), before: this.#writing };
    this.#isSettled = false;
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
    await this.#probe();
    if (this.#doubt === undefined) return;
    if (!this.#isSettled) await this.#settle(this.#doubt);
    // Merges rest until there is room; what they left behind may be what fills the disk, and goes meanwhile.
    if (!this.#isSettled || (await this.#probe()) !== undefined) return;
    await this.#options.allow("everything");
    this.#doubt = undefined;
    this.#options.onEvent("the disk has room again", {});
  }

  /** Looks through what is in doubt, as soon as the disk takes what that needs, however little room it has. */
  async #settle(doubt: Doubt): Promise<void> {
    const { allow, alone, salvage, note, onEvent } = this.#options;
    const refuses = async (): Promise<boolean> => (await stateOf(this.#options)).refuses !== undefined;
    await allow("nothing");
    if (await refuses()) return;
    await alone(async (ask) => {
      // It may have been waited for.
      if (await refuses()) return;
      const lines = await salvage.putRight(ask, doubt);
      if (lines.length > 0) onEvent("what was cut off while the disk was full is put right", { lines });
      note.forget();
      await allow("cleanup");
      this.#isSettled = true;
    });
  }
}

/** Errors of the system and of the engine that say so. */
export function tellsOfFullDisk(error: unknown): boolean {
  const { code = "", message = "" } = (error ?? {}) as { readonly code?: string; readonly message?: string };
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(code) || /^Code: 243\.|errno: (?:27|28|122)\b/u.test(message);
}

/** Why a disk takes nothing, or has so little room that nothing more should be written. */
interface DiskState {
  readonly refuses?: string;
  readonly isLow?: string;
}

async function stateOf({ folder, freeBytes }: DiskGuardOptions): Promise<DiskState> {
  try {
    // A file of its own each time: one that is there already would give its room back first.
    const file = join(folder, `probe-${randomUUID()}`);
    try {
      await writeFile(file, PROBE);
    } finally {
      await rm(file, { force: true });
    }
    const free = await freeBytes();
    return free < KEPT_FREE_BYTES ? { isLow: `${Math.floor(free / 2 ** 20)} MiB are free` } : {};
  } catch (error) {
    return { refuses: error instanceof Error ? error.message : String(error) };
  }
}
