/** Where a field lies in a resource: object keys and array indices from the root, as a YAML editor can follow them. */
export type FieldPath = readonly (string | number)[];

/** A stretch of text in UTF-16 code units: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How bad it is: only an `error` makes a resource invalid. */
export type Severity = "error" | "warning" | "info";

/**
 * What a person wrote wrong, and where. `path` names the field ([] for the whole), `span` the place inside the field's
 * own text where it has one. Messages are lower case with the user's text in backticks.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly path: FieldPath;
  readonly span?: Span;
  readonly hint?: string;
}

/** Whether any of the diagnostics is an error. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === "error");

/** The path as people write it: `spec.ingress[0].source.selector`. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/^[A-Za-z_][\w-]*$/.test(step)) return text === "" ? step : `${text}.${step}`;
    return `${text}[${JSON.stringify(step)}]`;
  }, "");
}
