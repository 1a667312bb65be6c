import { progressOn } from "../report/progress";
import type { Finding } from "../report/finding";
import type { Io } from "../io";
import { duplicates } from "./duplicates";
import { readManifests } from "./read-manifests";
import type { Manifest } from "./source";
import { parseTargets } from "./target";

/** The manifests that paths lead to. */
export interface Loaded {
  readonly manifests: readonly Manifest[];
  /** Why something could not be read at all. */
  readonly unread: readonly Finding[];
  /** Objects that are there twice. */
  readonly repeated: readonly Finding[];
}

/** Reads what a person named on the command line. */
export async function loadManifests(words: readonly string[], io: Io, besides?: readonly string[]): Promise<Loaded> {
  const targets = parseTargets(words, besides);
  if (!targets.ok) return { manifests: [], unread: targets.error, repeated: [] };
  const progress = progressOn(io.err);
  const { manifests, findings } = await readManifests(io.files, targets.value, progress);
  progress.end();
  return { manifests, unread: findings, repeated: duplicates(manifests) };
}
