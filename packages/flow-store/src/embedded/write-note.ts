import { rmSync } from "node:fs";
import { join } from "node:path";
import { statusOf } from "./status-file";
import { contentOf, replaceFile, type TableFolders } from "./table-folders";

/** What was there before the write that is under way, kept where it outlives the process. */
export interface WriteNote {
  keep(before: TableFolders): void;
  forget(): void;
}

interface StoredNote {
  /** What the engine wrote when it started: it tells whether somebody else has written since. */
  readonly status: string;
  readonly entries: readonly (readonly [folder: string, names: readonly string[]])[];
  readonly definitions: readonly (readonly [file: string, base64: string])[] | null;
}

const noteIn = (dataFolder: string): string => join(dataFolder, "write-under-way.json");

/** The note of the engine that has a data folder open. */
export function writeNoteIn(dataFolder: string): WriteNote {
  const [file, status] = [noteIn(dataFolder), statusOf(dataFolder)];
  return {
    keep: ({ entries, definitions }) => {
      const note: StoredNote = {
        status,
        entries: [...entries].map(([folder, names]) => [folder, [...names]]),
        definitions: definitions ? [...definitions].map(([path, text]) => [path, text.toString("base64")]) : null,
      };
      replaceFile(dataFolder, file, JSON.stringify(note));
    },
    forget: () => rmSync(file, { force: true }),
  };
}

/**
 * The note of a process that died while it wrote; undefined where it died at another moment, or ended well. A note is
 * nothing to go by once an engine that keeps none has been there.
 */
export function leftNote(dataFolder: string): TableFolders | undefined {
  const text = contentOf(noteIn(dataFolder))?.toString();
  const note = text === undefined ? undefined : wholeNote(text);
  if (note === undefined || note.status !== statusOf(dataFolder)) return undefined;
  const { entries, definitions } = note;
  return {
    entries: new Map(entries.map(([folder, names]) => [folder, new Set(names)])),
    definitions: definitions
      ? new Map(definitions.map(([path, base64]) => [path, Buffer.from(base64, "base64")]))
      : undefined,
  };
}

/** A process that dies leaves it whole; a machine that does may not. */
function wholeNote(text: string): StoredNote | undefined {
  try {
    return JSON.parse(text) as StoredNote;
  } catch {
    return undefined;
  }
}
