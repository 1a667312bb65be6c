/** Something that is wrong with a scenario: where, and what to write instead. */
export interface ScenarioProblem {
  readonly file: string;
  /** The field, as in `clusters[0].nodes`; "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A problem as one line. */
export function problemText({ file, path, message }: ScenarioProblem): string {
  return `${file}${path === "" ? "" : `: ${path}`}: ${message}`;
}
