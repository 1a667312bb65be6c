import * as fs from "node:fs";
import * as path from "node:path";
import { wireText } from "./wire-text";
import type { KubeObject, StoreEvent } from "./types";

/** One line of the journal: version, what happened, to which resource, the object afterwards (before, if deleted). */
export interface JournalEntry {
  readonly v: number;
  readonly t: StoreEvent["type"];
  readonly r: string;
  readonly o: KubeObject;
}

/** What a snapshot keeps: every object, and the version at which that was so. */
export interface Snapshot {
  readonly v: number;
  readonly objects: readonly { readonly r: string; readonly o: KubeObject }[];
}

const snapshotName = "snapshot.json";
const journalName = "journal.jsonl";

/**
 * The files of a store: `snapshot.json`, and `journal.jsonl` with the writes since. INVARIANT: a snapshot is renamed
 * into place before the journal is emptied, and entries up to its version are skipped on reading, so that a process
 * may die between any two steps.
 */
export class Journal {
  readonly #dir: string;
  #fd: number;
  #bytes: number;
  #snapshotBytes: number;

  private constructor(dir: string, { fd, bytes, snapshotBytes }: { fd: number; bytes: number; snapshotBytes: number }) {
    this.#dir = dir;
    this.#fd = fd;
    this.#bytes = bytes;
    this.#snapshotBytes = snapshotBytes;
  }

  /** Opens (or makes) the files in `dir`; a last line that was cut off by a crash is removed. */
  static open(dir: string): { journal: Journal; snapshot: Snapshot; entries: readonly JournalEntry[] } {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    const snapshotFile = path.join(dir, snapshotName);
    const snapshot = readSnapshot(snapshotFile);
    const snapshotBytes = fs.existsSync(snapshotFile) ? fs.statSync(snapshotFile).size : 0;
    const file = path.join(dir, journalName);
    const { entries, length } = readEntries(file);
    const fd = fs.openSync(file, "a", 0o600);
    fs.ftruncateSync(fd, length);
    const fresh = entries.filter((entry) => entry.v > snapshot.v);
    return { journal: new Journal(dir, { fd, bytes: length, snapshotBytes }), snapshot, entries: fresh };
  }

  /**
   * Whether to fold the journal into a snapshot: it has at least `leastBytes` and is as long as the last snapshot, so
   * that what is written for snapshots stays in proportion to what is written for changes, however large the cluster.
   */
  isLong(leastBytes: number): boolean {
    return this.#bytes > Math.max(leastBytes, this.#snapshotBytes);
  }

  /** Writes one entry; it is with the operating system when this returns, so that it outlives the process. */
  append({ v, t, r, o }: JournalEntry): void {
    const head = Buffer.from(`{"v":${v},"t":${JSON.stringify(t)},"r":${JSON.stringify(r)},"o":`);
    this.#bytes += writeWhole(this.#fd, [head, wireText(o), lineEnd]);
  }

  /** Replaces snapshot and journal by one snapshot. */
  compact({ v, objects }: Snapshot): void {
    const file = path.join(this.#dir, snapshotName);
    const fd = fs.openSync(`${file}.new`, "w", 0o600);
    this.#snapshotBytes = writeWhole(fd, [Buffer.from(`{"v":${v},"objects":[`)]);
    for (let at = 0; at < objects.length; at += snapshotPiece) {
      const pieces = objects
        .slice(at, at + snapshotPiece)
        .flatMap(({ r, o }, index) => [
          Buffer.from(`${at + index === 0 ? "" : ","}{"r":${JSON.stringify(r)},"o":`),
          wireText(o),
          objectEnd,
        ]);
      this.#snapshotBytes += writeWhole(fd, pieces);
    }
    this.#snapshotBytes += writeWhole(fd, [snapshotEnd]);
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    fs.renameSync(`${file}.new`, file);
    fs.ftruncateSync(this.#fd, 0);
    this.#bytes = 0;
  }

  close(): void {
    fs.fsyncSync(this.#fd);
    fs.closeSync(this.#fd);
  }
}

/** Objects of a snapshot that are written at a time. */
const snapshotPiece = 500;
const lineEnd = Buffer.from("}\n");
const objectEnd = Buffer.from("}");
const snapshotEnd = Buffer.from("]}");

/** Writes the pieces one after the other to their end; gives their length. */
function writeWhole(fd: number, pieces: readonly Buffer[]): number {
  const whole = Buffer.concat(pieces);
  for (let written = 0; written < whole.length;) written += fs.writeSync(fd, whole, written);
  return whole.length;
}

function readSnapshot(file: string): Snapshot {
  if (!fs.existsSync(file)) return { v: 0, objects: [] };
  return JSON.parse(fs.readFileSync(file, "utf8")) as Snapshot;
}

/** Whole lines only: `length` is where the last one ends. */
function readEntries(file: string): { entries: readonly JournalEntry[]; length: number } {
  if (!fs.existsSync(file)) return { entries: [], length: 0 };
  const content = fs.readFileSync(file);
  const length = content.lastIndexOf(10) + 1;
  const lines = content.subarray(0, length).toString("utf8").split("\n").slice(0, -1);
  return { entries: lines.map((line, index) => parseEntry(line, `${file}:${index + 1}`)), length };
}

function parseEntry(line: string, where: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch (cause) {
    throw new Error(`${where} is damaged; remove the sandbox's state folder to begin anew`, { cause });
  }
}
