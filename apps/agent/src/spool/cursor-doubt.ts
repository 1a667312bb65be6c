import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether a spool's cursor may be behind: another replica has sent evidence since it was written. Kept beside the spool,
 * since a process that takes over may end before it has learned from a gateway how far the other came, and the next one
 * finds a lease that names it all along.
 */
export class CursorDoubt {
  readonly #file: string;
  #isOpen: boolean;

  constructor(spoolDir: string) {
    this.#file = join(spoolDir, "another-was-active");
    this.#isOpen = existsSync(this.#file);
  }

  /** True while only a gateway knows from where on to stream. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Another replica has worked. Throws where the disk takes nothing; it holds for this process all the same. */
  open(): void {
    this.#isOpen = true;
    writeFileSync(this.#file, "");
  }

  /** The cursor is at least where a gateway is. */
  settle(): void {
    if (!this.#isOpen) return;
    rmSync(this.#file, { force: true });
    this.#isOpen = false;
  }
}
