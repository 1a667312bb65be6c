import type { FileEntry, FileProblem, ReadFiles } from "../io";
import { fileError, type Finding } from "../report/finding";

/** Files that a path leads to, in the order of their names, and what was in the way. */
export interface Walked {
  readonly files: readonly string[];
  /** How many files more were met under another path already. */
  readonly known: number;
  readonly findings: readonly Finding[];
}

interface Walk {
  readonly io: ReadFiles;
  readonly files: string[];
  readonly findings: Finding[];
  /** Files that were met already, by identity: two links to one file are one file. */
  readonly seen: Set<string>;
  known: number;
}

interface Step {
  readonly path: string;
  /** Identities of the folders above, to notice a link that leads back. */
  readonly above: readonly string[];
  readonly named: boolean;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Names in the order of their UTF-16 units, the same everywhere. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Joins a folder and a name as people write paths. */
const join = (folder: string, name: string): string => (folder.endsWith("/") ? folder + name : `${folder}/${name}`);

const HINTS: Readonly<Partial<Record<FileProblem["code"], string>>> = {
  "not-found": "check the path; it is taken from the folder that you stand in",
  denied: "it must be readable for the user who runs isthmus",
  "link-loop": "remove the link",
};

/** A finding of what the file system said. */
export function problemFinding(path: string, { code, message }: FileProblem): Finding {
  const hint = HINTS[code];
  return fileError(path, { code, message, ...(hint !== undefined && { hint }) });
}

function takeFile(walk: Walk, step: Step, entry: FileEntry): void {
  const { path, named } = step;
  if (entry.kind === "other" || (entry.kind === "stream" && !named)) {
    const message = "this is neither a file nor a folder";
    walk.findings.push(fileError(path, { code: "no-file", message, hint: "remove it from the folder" }));
    return;
  }
  if (walk.seen.has(entry.identity)) walk.known += 1;
  else walk.files.push(path);
  walk.seen.add(entry.identity);
}

async function walkFolder(walk: Walk, step: Step, identity: string): Promise<void> {
  const names = await walk.io.list(step.path);
  if (!names.ok) {
    walk.findings.push(problemFinding(step.path, names.error));
    return;
  }
  // Hidden entries are left out, as tools that apply folders do: .git, and the `..data` of mounted ConfigMaps.
  for (const name of [...names.value].sort(byName).filter((each) => !each.startsWith("."))) {
    await walkPath(walk, { path: join(step.path, name), above: [...step.above, identity], named: false });
  }
}

async function walkPath(walk: Walk, step: Step): Promise<void> {
  const entry = await walk.io.entry(step.path);
  if (!entry.ok) {
    if (step.named || MANIFEST.test(step.path) || entry.error.code === "link-loop") {
      walk.findings.push(problemFinding(step.path, entry.error));
    }
    return;
  }
  const { kind, identity } = entry.value;
  if (kind !== "folder") {
    if (step.named || MANIFEST.test(step.path)) takeFile(walk, step, entry.value);
    return;
  }
  if (step.above.includes(identity)) {
    const message = "this link leads back to a folder above it";
    walk.findings.push(problemFinding(step.path, { code: "link-loop", message }));
    return;
  }
  await walkFolder(walk, step, identity);
}

/** Finds the manifests at a path: the file itself, or all files below a folder whose names end in .yaml, .yml or .json. */
export async function walkManifests(io: ReadFiles, path: string, seen: Set<string>): Promise<Walked> {
  const walk: Walk = { io, files: [], findings: [], seen, known: 0 };
  await walkPath(walk, { path, above: [], named: true });
  return { files: walk.files, known: walk.known, findings: walk.findings };
}
