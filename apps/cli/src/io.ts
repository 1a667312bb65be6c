import type { Result } from "@isthmus/std";

/** A stream that text goes to. */
export interface Sink {
  readonly write: (text: string) => void;
  /** Resolves when what was written is on its way, so that long answers do not pile up before a slow reader. */
  readonly drained: () => Promise<void>;
  /** Whether a person looks at it: progress and colour are for terminals alone. */
  readonly isTerminal: boolean;
  readonly colour: boolean;
}

/** Why a path could not be read; `message` is for people and does not repeat the path. */
export interface FileProblem {
  readonly code: "not-found" | "denied" | "link-loop" | "too-large" | "failed";
  readonly message: string;
}

/** What lies at a path, links followed. `identity` is the same for two paths of one thing. */
export interface FileEntry {
  readonly kind: "file" | "folder" | "stream" | "other";
  readonly identity: string;
}

/** Reads what a person names on the command line. */
export interface ReadFiles {
  readonly entry: (path: string) => Promise<Result<FileEntry, FileProblem>>;
  /** Names in a folder, in any order. */
  readonly list: (path: string) => Promise<Result<readonly string[], FileProblem>>;
  /** All bytes of a file or of a stream such as a named pipe; more than `limitBytes` are a problem. */
  readonly read: (path: string, limitBytes: number) => Promise<Result<Uint8Array, FileProblem>>;
  /** Hands on the bytes of a file, or of standard input for `-`, piece by piece; for what may be larger than memory. */
  readonly readPieces: (path: string, take: (piece: Uint8Array) => void) => Promise<Result<void, FileProblem>>;
  /** All bytes of standard input. */
  readonly readInput: (limitBytes: number) => Promise<Result<Uint8Array, FileProblem>>;
}

/** Everything outside that a command touches. */
export interface Io {
  readonly out: Sink;
  readonly err: Sink;
  readonly files: ReadFiles;
}
