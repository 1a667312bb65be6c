import { err, ok } from "@isthmus/std";
import type { FileEntry, FileProblem, Io, ReadFiles } from "../io";

/** What lies at a path of the files in memory: a text, bytes, a link to another path, or a problem. */
export type MemoryFile =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly problem: FileProblem }
  | { readonly special: "stream" | "other" };

const NOT_FOUND: FileProblem = { code: "not-found", message: "there is no such file or folder" };

const MAX_LINKS = 40;

/** Files in memory, by path; folders are there where a path goes through them. */
export function memoryFiles(tree: Readonly<Record<string, MemoryFile>>, input = ""): ReadFiles {
  const isFolder = (path: string): boolean => Object.keys(tree).some((each) => each.startsWith(`${path}/`));
  const resolve = (path: string): string => {
    let at = path.replace(/^\.\//, "").replace(/\/$/, "");
    for (let turn = 0; turn < MAX_LINKS; turn += 1) {
      const link = Object.entries(tree).find(
        ([each, file]) => isLink(file) && (at === each || at.startsWith(`${each}/`)),
      );
      if (!link || !isLink(link[1])) return at;
      at = link[1].link + at.slice(link[0].length);
    }
    return "(loop)";
  };
  const entry = (path: string) => {
    const identity = resolve(path);
    if (identity === "(loop)") return err<FileProblem>({ code: "link-loop", message: "this link leads to itself" });
    const file = tree[identity];
    if (file === undefined) return isFolder(identity) ? ok<FileEntry>({ kind: "folder", identity }) : err(NOT_FOUND);
    const kind = typeof file === "object" && "special" in file ? file.special : "file";
    return ok<FileEntry>({ kind, identity });
  };
  const read = (path: string) => {
    const file = tree[resolve(path)];
    if (typeof file === "string") return ok<Uint8Array>(new TextEncoder().encode(file));
    if (file instanceof Uint8Array) return ok(file);
    return err(file && "problem" in file ? file.problem : NOT_FOUND);
  };
  const list = (path: string) => {
    const folder = `${resolve(path)}/`;
    const below = Object.keys(tree).filter((each) => each.startsWith(folder));
    return ok([...new Set(below.map((each) => each.slice(folder.length).split("/")[0] ?? ""))]);
  };
  return {
    entry: (path) => Promise.resolve(entry(path)),
    list: (path) => Promise.resolve(list(path)),
    read: (path) => Promise.resolve(read(path)),
    readPieces: (path, take) => {
      const found = path === "-" ? ok(new TextEncoder().encode(input)) : read(path);
      if (!found.ok) return Promise.resolve(found);
      // Small pieces, so that lines and characters are cut.
      for (let at = 0; at < found.value.length; at += 7) take(found.value.subarray(at, at + 7));
      return Promise.resolve(ok(undefined));
    },
    readInput: () => Promise.resolve(ok(new TextEncoder().encode(input))),
  };
}

const isLink = (file: MemoryFile): file is { readonly link: string } => typeof file === "object" && "link" in file;

/** Streams in memory around files in memory; `printed` gives what was written so far. */
export function memoryIo(
  tree: Readonly<Record<string, MemoryFile>> = {},
  { input = "", terminal = false, colour = false }: { input?: string; terminal?: boolean; colour?: boolean } = {},
): { readonly io: Io; readonly out: () => string; readonly err: () => string } {
  const written = { out: "", err: "" };
  const sink = (name: "out" | "err") => ({
    write: (text: string) => {
      written[name] += text;
    },
    drained: () => Promise.resolve(),
    isTerminal: terminal,
    colour,
  });
  return {
    io: { out: sink("out"), err: sink("err"), files: memoryFiles(tree, input) },
    out: () => written.out,
    err: () => written.err,
  };
}
