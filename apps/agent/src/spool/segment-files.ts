import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";

/** The disk as a spool uses it. */
export type SegmentFiles = typeof nodeFiles;

/** The disk that there is. */
export const nodeFiles = {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
};

/** Of a disk that takes nothing now, and may again: full, over a quota or a limit, or failing. */
const MAY_PASS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS"]);

/** The spool cannot be written; the message is for a person. */
export class SpoolUnwritable extends Error {
  override readonly name = "SpoolUnwritable";
}

/** What a failed write comes to for a person; undefined for what is no fault of the disk. */
export function unwritable(directory: string, cause: unknown): SpoolUnwritable | undefined {
  if (cause instanceof SpoolUnwritable) return cause;
  if (!(cause instanceof Error) || !("code" in cause) || !MAY_PASS.has(String(cause.code))) return undefined;
  const why = cause.code === "ENOSPC" ? "the disk is full" : "the disk takes no writes";
  return new SpoolUnwritable(`the spool in ${directory} cannot be written: ${why} (${cause.message})`, { cause });
}
