import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { err, ok, type Result } from "@isthmus/std";
import type { FileEntry, FileProblem, ReadFiles } from "../io";

const KNOWN: Readonly<Record<string, FileProblem>> = {
  ENOENT: { code: "not-found", message: "there is no such file or folder" },
  ENOTDIR: { code: "not-found", message: "there is no such file or folder" },
  EACCES: { code: "denied", message: "this may not be read" },
  EPERM: { code: "denied", message: "this may not be read" },
  ELOOP: { code: "link-loop", message: "this link leads to itself" },
};

function problemOf(error: unknown): FileProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return KNOWN[code] ?? { code: "failed", message: `it could not be read: ${message}` };
}

async function attempt<T>(work: Promise<T>): Promise<Result<T, FileProblem>> {
  try {
    return ok(await work);
  } catch (error) {
    return err(problemOf(error));
  }
}

async function entry(path: string): Promise<FileEntry> {
  const stats = await stat(path);
  // What has no path of its own (a pipe behind /dev/fd) is told apart by the path that was given.
  const identity = await realpath(path).catch(() => path);
  if (stats.isFile()) return { kind: "file", identity };
  if (stats.isDirectory()) return { kind: "folder", identity };
  return { kind: stats.isFIFO() || stats.isCharacterDevice() ? "stream" : "other", identity };
}

const tooLarge = (limitBytes: number): FileProblem => ({
  code: "too-large",
  message: `this has more than ${limitBytes / (1024 * 1024)} MiB, the most that is read from one file`,
});

async function drain(stream: Readable, limitBytes: number): Promise<Result<Uint8Array, FileProblem>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      bytes += buffer.length;
      if (bytes > limitBytes) return err(tooLarge(limitBytes));
      chunks.push(buffer);
    }
  } catch (error) {
    return err(problemOf(error));
  }
  return ok(Buffer.concat(chunks));
}

async function handOn(stream: Readable, take: (piece: Uint8Array) => void): Promise<Result<void, FileProblem>> {
  try {
    for await (const piece of stream) take(Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece)));
  } catch (error) {
    return err(problemOf(error));
  }
  return ok(undefined);
}

/** The file system of this machine, and standard input. */
export function nodeFiles(input: Readable): ReadFiles {
  return {
    entry: (path) => attempt(entry(path)),
    list: (path) => attempt(readdir(path)),
    read: (path, limitBytes) => drain(createReadStream(path), limitBytes),
    readPieces: (path, take) => handOn(path === "-" ? input : createReadStream(path), take),
    readInput: (limitBytes) => drain(input, limitBytes),
  };
}
