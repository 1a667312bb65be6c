import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from "yaml";

/** A mark in the editor: UTF-16 offsets into the text, `from` inclusive, `to` exclusive. */
export interface EditorDiagnostic {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly from: number;
  readonly to: number;
  readonly hint?: string;
}

/** Object keys and array indices from the root of the resource. */
export type YamlPath = readonly (string | number)[];

/** YAML text as a value that still knows where each part of it was written. */
export interface PolicyYaml {
  readonly text: string;
  /** The one document as plain JSON; undefined where the text is not one YAML document. */
  readonly value: unknown;
  readonly problems: readonly EditorDiagnostic[];
  /** Where the field at `path` is written; a missing field is marked at its nearest parent. */
  readonly rangeOf: (
    path: YamlPath,
    span?: { readonly start: number; readonly end: number },
  ) => { readonly from: number; readonly to: number };
}

const firstWord = (message: string): string => message.split(" at line ")[0] ?? message;

function sentence(message: string): string {
  const text = firstWord(message).trim();
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function syntaxProblems(document: Document, text: string): EditorDiagnostic[] {
  return document.errors.map((error) => {
    const [from, to] = error.pos;
    return {
      code: `yaml-${error.code.toLowerCase().replaceAll("_", "-")}`,
      severity: "error" as const,
      message: `this is not YAML: ${sentence(error.message)}`,
      ...clampRange(from, to, text),
    };
  });
}

/** A range of at least one character inside the text, so that a mark can be seen. */
function clampRange(from: number, to: number, text: string): { from: number; to: number } {
  const end = Math.max(0, text.length);
  const start = Math.min(Math.max(0, from), Math.max(0, end - 1));
  return { from: start, to: Math.min(end, Math.max(to, start + 1)) };
}

function wholeProblem(text: string, code: string, message: string): EditorDiagnostic {
  const start = text.length - text.trimStart().length;
  const lineEnd = text.indexOf("\n", start);
  return { code, severity: "error", message, ...clampRange(start, lineEnd < 0 ? text.length : lineEnd, text) };
}

interface Found {
  readonly node: Node | undefined;
  readonly key: Node | undefined;
}

function child(node: Node | undefined, step: string | number): Found | undefined {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
    );
    if (!pair) return undefined;
    return { node: (pair.value ?? undefined) as Node | undefined, key: pair.key as Node };
  }
  if (isSeq(node) && typeof step === "number") {
    const item = node.items[step] as Node | undefined;
    return item ? { node: item, key: undefined } : undefined;
  }
  return undefined;
}

function resolve(document: Document, path: YamlPath): Found & { readonly complete: boolean } {
  let found: Found = { node: (document.contents ?? undefined) as Node | undefined, key: undefined };
  for (const step of path) {
    const next = child(isAlias(found.node) ? found.node.resolve(document) : found.node, step);
    if (!next) return { ...found, complete: false };
    found = { node: next.node, key: next.key ?? (isSeq(found.node) ? undefined : found.key) };
  }
  return { ...found, complete: true };
}

const nodeRange = (node: Node | undefined): readonly [number, number] | undefined =>
  node?.range ? [node.range[0], node.range[1]] : undefined;

/** A scalar is marked at its value; a map or list at its key, so that the mark stays on one line. */
function markRange(found: Found, complete: boolean): readonly [number, number] | undefined {
  if (complete && isScalar(found.node) && found.node.value !== null) return nodeRange(found.node);
  return nodeRange(found.key) ?? nodeRange(found.node);
}

/** Where a span of a scalar's value lies in the text; undefined where escapes or folding hide it. */
function spanRange(
  found: Found,
  span: { readonly start: number; readonly end: number },
  text: string,
): readonly [number, number] | undefined {
  if (!isScalar(found.node) || typeof found.node.value !== "string" || !found.node.range) return undefined;
  const [start, end] = found.node.range;
  const quoted = found.node.type === "QUOTE_DOUBLE" || found.node.type === "QUOTE_SINGLE" ? 1 : 0;
  const written = text.slice(start + quoted, end - quoted);
  if (written !== found.node.value) return undefined;
  return [start + quoted + span.start, start + quoted + Math.max(span.end, span.start + 1)];
}

function firstLine([from, to]: readonly [number, number], text: string): { from: number; to: number } {
  const lineEnd = text.indexOf("\n", from);
  return clampRange(from, lineEnd < 0 ? to : Math.min(to, lineEnd), text);
}

function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 }) as unknown;
  } catch {
    return undefined;
  }
}

function readOne(document: Document, text: string): Pick<PolicyYaml, "value" | "problems"> {
  const problems = syntaxProblems(document, text);
  if (problems.length > 0) return { value: undefined, problems };
  const value = toPlain(document);
  if (isMap(document.contents) && value !== undefined) return { value, problems };
  const message = isMap(document.contents)
    ? "aliases (`*name`) are repeated too often to be read"
    : "this is no resource: a policy begins with `apiVersion:` and `kind:`";
  return { value: undefined, problems: [wholeProblem(text, "yaml-not-a-map", message)] };
}

const isBlank = ({ contents, errors }: Document): boolean =>
  errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null && !contents.source));

/** Reads YAML that should hold exactly one resource. */
export function readPolicyYaml(text: string): PolicyYaml {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, strict: true, uniqueKeys: true });
  const documents = (Array.isArray(parsed) ? parsed : []) as Document[];
  const written = documents.filter((document) => !isBlank(document));
  const [document, second] = written;
  const rangeOf: PolicyYaml["rangeOf"] = (path, span) => {
    if (!document) return clampRange(0, text.length, text);
    const found = resolve(document, path);
    const exact = span && found.complete ? spanRange(found, span, text) : undefined;
    return firstLine(exact ?? markRange(found, found.complete) ?? [0, text.length], text);
  };
  if (!document) {
    return {
      text,
      value: undefined,
      rangeOf,
      problems: [wholeProblem(text, "yaml-empty", "there is no policy here yet")],
    };
  }
  const read = readOne(document, text);
  if (!second) return { text, ...read, rangeOf };
  const start = second.range?.[0] ?? 0;
  const several: EditorDiagnostic = {
    code: "yaml-several",
    severity: "error",
    message: "a policy is one document; a second one begins here",
    hint: "save each policy by itself",
    ...firstLine([start, start + 3], text),
  };
  return { text, value: undefined, rangeOf, problems: [...read.problems, several] };
}
