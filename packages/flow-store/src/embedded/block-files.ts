import { mkdirSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Files from which the engine reads blocks that came as bodies of requests. */
export interface BlockFiles {
  /** Does something with a file that holds the block; it is gone after. */
  withFile<T>(block: Uint8Array, work: (path: string) => Promise<T>): Promise<T>;
}

/** Keeps them in a folder of their own, of which whatever a process that was killed left is removed. */
export function openBlockFiles(folder: string): BlockFiles {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    withFile: async (block, work) => {
      const path = join(folder, `${crypto.randomUUID()}.native`);
      try {
        await writeFile(path, block, { mode: 0o600, flag: "wx" });
        return await work(path);
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}
