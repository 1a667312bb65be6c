import type { Place, Source } from "./source";
import { yamlDocuments, type YamlDocument } from "./yaml-text";

const LOOKS_LIKE_JSON = /^\s*\{/;

/** JSON that nests deeper goes the way of YAML, which says where. */
const MAX_JSON_DEPTH = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets outside texts nest deeper than the bound. */
function isDeep(text: string): boolean {
  let [depth, quoted] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted && code === BACKSLASH) at += 1;
    else if (code === QUOTE) quoted = !quoted;
    // [ and { differ from ] and } by two, and from each other by one bit.
    else if (!quoted && (code | 0x20) === 0x7b) depth += 1;
    else if (!quoted && (code | 0x20) === 0x7d) depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}

function json(source: Source): unknown {
  try {
    return JSON.parse(source.text);
  } catch {
    // Read as YAML instead, which says where it is wrong.
    return undefined;
  }
}

/**
 * The documents of a text. What is JSON is read as such, many times as fast as YAML: exports of whole clusters are
 * JSON of many megabytes.
 */
export function* documentsOf(source: Source): Iterable<YamlDocument> {
  const value = LOOKS_LIKE_JSON.test(source.text) && !isDeep(source.text) ? json(source) : undefined;
  const at: Place = { source, start: 0, end: source.text.length };
  if (value === undefined) yield* yamlDocuments(source);
  else yield { ok: true, value, at };
}
