import type { ReadFiles } from "../io";
import { fileError, type Finding } from "../report/finding";
import type { Progress } from "../report/progress";
import { decodeText } from "./decode-text";
import { documentsOf } from "./documents";
import { isObject } from "./manifest-head";
import { objectsOf } from "./objects";
import type { Manifest, Place, Source } from "./source";
import { STANDARD_INPUT, type Target } from "./target";
import { problemFinding, walkManifests } from "./walk";
import type { YamlDocument } from "./yaml-text";

/** The largest file that is read: beyond it YAML takes minutes and gigabytes. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** What was read, and every reason why something could not be. */
export interface ReadResult {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

/** How standard input is called in errors. */
const INPUT_NAME = "<stdin>";

const describe = (value: unknown): string => (Array.isArray(value) ? "a list" : `a ${typeof value}`);

function noObject(place: Place, value: unknown): Finding {
  return {
    code: "no-object",
    severity: "error",
    message: `a manifest is an object with apiVersion and kind, this is ${describe(value)}`,
    at: { kind: "text", place },
  };
}

function manifestsOfDocument(
  document: YamlDocument,
  where: { readonly source: Source; readonly document: number; readonly cluster: string },
): ReadResult {
  if (!document.ok) {
    const findings = document.problems.map(({ place, ...problem }): Finding => ({
      ...problem,
      severity: "error",
      at: { kind: "text", place },
    }));
    return { manifests: [], findings };
  }
  if (document.value === null || document.value === undefined) return { manifests: [], findings: [] };
  if (!isObject(document.value)) return { manifests: [], findings: [noObject(document.at, document.value)] };
  const manifests = objectsOf(document.value).map((located) => ({ ...located, ...where }));
  return { manifests, findings: [] };
}

const merge = (results: readonly ReadResult[]): ReadResult => ({
  manifests: results.flatMap(({ manifests }) => manifests),
  findings: results.flatMap(({ findings }) => findings),
});

function manifestsOfText(source: Source, cluster: string): ReadResult {
  const results: ReadResult[] = [];
  for (const document of documentsOf(source)) {
    results.push(manifestsOfDocument(document, { source, document: results.length, cluster }));
  }
  return merge(results);
}

async function readFile(io: ReadFiles, path: string, cluster: string): Promise<ReadResult> {
  const input = path === STANDARD_INPUT;
  const name = input ? INPUT_NAME : path;
  const bytes = await (input ? io.readInput(MAX_FILE_BYTES) : io.read(path, MAX_FILE_BYTES));
  if (!bytes.ok) return { manifests: [], findings: [problemFinding(name, bytes.error)] };
  const text = decodeText(bytes.value);
  if (!text.ok) return { manifests: [], findings: [fileError(name, text.error)] };
  return manifestsOfText({ name, text: text.value }, cluster);
}

function nothingIn({ path, cluster }: Target, files: number): Finding {
  const where = cluster === "" ? "here" : `here for cluster \`${cluster}\``;
  const name = path === STANDARD_INPUT ? INPUT_NAME : path;
  if (files > 0) return fileError(name, { code: "no-objects", message: `there is no object ${where}` });
  return fileError(name, {
    code: "no-manifests",
    message: `there is no manifest ${where}`,
    hint: "manifests are files whose names end in .yaml, .yml or .json",
  });
}

interface Reading {
  readonly io: ReadFiles;
  readonly progress: Progress;
  /** Files that were met already, for each cluster. */
  readonly seen: Map<string, Set<string>>;
}

async function readTarget({ io, progress, seen }: Reading, target: Target): Promise<ReadResult> {
  const { path, cluster } = target;
  const met = seen.get(cluster) ?? new Set<string>();
  seen.set(cluster, met);
  const walked =
    path === STANDARD_INPUT ? { files: [path], known: 0, findings: [] } : await walkManifests(io, path, met);
  const results: ReadResult[] = [{ manifests: [], findings: walked.findings }];
  for (const [index, file] of walked.files.entries()) {
    progress.step("reading manifests", { done: index, of: walked.files.length });
    results.push(await readFile(io, file, cluster));
  }
  const all = merge(results);
  if (all.manifests.length > 0 || all.findings.length > 0) return all;
  if (walked.files.length === 0 && walked.known > 0) return all;
  return { manifests: [], findings: [nothingIn(target, walked.files.length)] };
}

/** Reads all objects that the targets hold. A file that two paths lead to counts once in its cluster. */
export async function readManifests(
  io: ReadFiles,
  targets: readonly Target[],
  progress: Progress,
): Promise<ReadResult> {
  const reading: Reading = { io, progress, seen: new Map() };
  const results: ReadResult[] = [];
  for (const target of targets) results.push(await readTarget(reading, target));
  return merge(results);
}
