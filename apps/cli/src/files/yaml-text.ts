import { Composer, isAlias, isMap, isScalar, isSeq, Parser, visit, type Document, type ScalarTag } from "yaml";
import type { Place, Source } from "./source";

/** A text that is no YAML, and where. */
export interface YamlProblem {
  readonly code: "yaml-syntax" | "repeated-key" | "nested-too-deeply" | "alias";
  readonly message: string;
  readonly place: Place;
  readonly hint?: string;
}

/** One document of a file: what it holds, or what is wrong with it. */
export type YamlDocument =
  | { readonly ok: true; readonly value: unknown; readonly at: Place }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** No manifest nests so deep; the bound keeps hostile text from overflowing the stack. Counted in tokens of the syntax. */
const MAX_DEPTH = 256;

/** At most so many problems of one document are told. */
const MAX_PROBLEMS = 20;

const word = (value: boolean, test: RegExp): ScalarTag => ({
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test,
  resolve: () => value,
});

/** kubectl reads YAML with go-yaml v2, for which these words of YAML 1.1 are truth values (resolve.go, resolveMapList). */
const OLD_BOOLEANS = [word(true, /^(?:y|Y|yes|Yes|YES|on|On|ON)$/), word(false, /^(?:n|N|no|No|NO|off|Off|OFF)$/)];

const composer = (): Composer =>
  new Composer({
    // Looked for in `repeatedKeys`: the library compares each key with each, which is quadratic.
    uniqueKeys: false,
    merge: true,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) => [...OLD_BOOLEANS, ...tags],
  });

/** A part of the concrete syntax tree, as far as its nesting goes. */
interface Nested {
  readonly offset?: number;
  readonly value?: unknown;
  readonly items?: readonly { readonly key?: unknown; readonly value?: unknown }[];
}

const isNested = (token: unknown): token is Nested => typeof token === "object" && token !== null;

/** The offset where a token nests beyond the bound. Walks without recursion. */
function offsetTooDeep(root: unknown): number | undefined {
  const open = [{ token: root, depth: 0 }];
  for (let visit = open.pop(); visit; visit = open.pop()) {
    const { token, depth } = visit;
    if (!isNested(token)) continue;
    if (depth > MAX_DEPTH) return token.offset ?? 0;
    const within = (token.items ?? []).flatMap(({ key, value }) => [key, value]);
    for (const each of [token.value, ...within]) open.push({ token: each, depth: depth + 1 });
  }
  return undefined;
}

/** A syntax tree, or the offset where one would nest too deeply; then nothing follows. */
type Composed =
  { readonly kind: "tree"; readonly tree: Document.Parsed } | { readonly kind: "too-deep"; readonly start: number };

function* treesOf(trees: Iterable<Document.Parsed>): Iterable<Composed> {
  for (const tree of trees) yield { kind: "tree", tree };
}

/**
 * The syntax trees of a text. INVARIANT: only what nests within the bound is composed. The library recurses there, and
 * V8 does not always answer an overflowing stack with an exception: it aborts where a pattern is compiled at its end.
 */
function* compose(text: string): Iterable<Composed> {
  const composing = composer();
  for (const token of new Parser().parse(text)) {
    const start = token.type === "document" ? offsetTooDeep(token) : undefined;
    if (start !== undefined) {
      yield* treesOf(composing.end());
      yield { kind: "too-deep", start };
      return;
    }
    yield* treesOf(composing.next(token));
  }
  yield* treesOf(composing.end(false, text.length));
}

const tooDeep = (source: Source, start: number): YamlProblem => ({
  code: "nested-too-deeply",
  message: `this is nested deeper than any manifest is`,
  place: { source, start, end: start + 1 },
});

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const HELM = /\{\{/;

function syntaxProblems(source: Source, { errors }: Document.Parsed): readonly YamlProblem[] {
  return errors.slice(0, MAX_PROBLEMS).map(({ message, pos: [start, end] }) => {
    const line = source.text.slice(source.text.lastIndexOf("\n", start - 1) + 1, end + 80);
    return {
      code: "yaml-syntax",
      message: lowerFirst(message),
      place: { source, start, end },
      ...(HELM.test(line) && { hint: "this looks like a Helm template: render it with `helm template` first" }),
    };
  });
}

/** Keys that a map holds twice. The tree nests within the bound, or it would not be there. */
function structureProblems(source: Source, node: unknown): readonly YamlProblem[] {
  if (isSeq(node)) return node.items.flatMap((item) => structureProblems(source, item));
  if (!isMap(node)) return [];
  const within = node.items.flatMap(({ value }) => structureProblems(source, value));
  return [...repeatedKeys(source, node.items), ...within];
}

/** Whether a key merges another map in: `<<`, which the library gives a symbol as its value. */
export const isMergeKey = (key: unknown): boolean => isScalar(key) && key.source === "<<" && key.type === "PLAIN";

function repeatedKeys(source: Source, pairs: readonly { readonly key: unknown }[]): readonly YamlProblem[] {
  const seen = new Set<string>();
  return pairs.flatMap(({ key }) => {
    if (!isScalar(key) || isMergeKey(key)) return [];
    const text = String(key.value);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    const [start, end] = key.range ?? [0, 0];
    return [
      { code: "repeated-key" as const, message: `key \`${text}\` is given twice`, place: { source, start, end } },
    ];
  });
}

/** The place of an alias whose anchor is not there. */
function aliasOfNothing(source: Source, document: Document.Parsed): Place | undefined {
  let place: Place | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined || !alias.range) return undefined;
      place = { source, start: alias.range[0], end: alias.range[1] };
      return visit.BREAK;
    },
  });
  return place;
}

function read(source: Source, document: Document.Parsed): YamlDocument {
  const [start, end] = document.contents?.range ?? document.range;
  const at: Place = { source, start, end };
  const syntax = syntaxProblems(source, document);
  const problems = syntax.length > 0 ? syntax : structureProblems(source, document.contents).slice(0, MAX_PROBLEMS);
  if (problems.length > 0) return { ok: false, problems };
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown, at };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = aliasOfNothing(source, document) ?? at;
    return { ok: false, problems: [{ code: "alias", message: lowerFirst(message), place }] };
  }
}

/** The documents of a YAML text (JSON is YAML, too), one after the other. Empty ones have the value null. */
export function* yamlDocuments(source: Source): Iterable<YamlDocument> {
  for (const composed of compose(source.text)) {
    if (composed.kind === "tree") yield read(source, composed.tree);
    else yield { ok: false, problems: [tooDeep(source, composed.start)] };
  }
}

const parsed = new WeakMap<Source, readonly Document.Parsed[]>();

/** The syntax tree of one document, made when an error first needs a position, and kept with its source. */
export function yamlTree(source: Source, document: number): Document.Parsed | undefined {
  const known =
    parsed.get(source) ?? [...compose(source.text)].flatMap((each) => (each.kind === "tree" ? [each.tree] : []));
  parsed.set(source, known);
  return known[document];
}

/** The node that an alias stands for; any other node itself. */
export const withoutAlias = (node: unknown, document: Document.Parsed): unknown =>
  isAlias(node) ? node.resolve(document) : node;
