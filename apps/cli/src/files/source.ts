import type { FieldPath } from "@isthmus/policy-engine";

/** A text that manifests were read from; `name` is what errors call it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** An object as it was written: its value, and where in which document of which file it stands. */
export interface Manifest {
  readonly value: unknown;
  readonly source: Source;
  /** Which document of the file, from 0. */
  readonly document: number;
  /** The way from the document's root to the object: `items[3]` of a List. */
  readonly path: FieldPath;
  /** The cluster that it belongs to; empty where none was named. */
  readonly cluster: string;
}

/** A stretch of a source, in UTF-16 code units. */
export interface Place {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}
