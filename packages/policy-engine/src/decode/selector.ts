import type { Selector } from "../model/policy";
import { parseSelector } from "../selector/parser";
import { complain, readString, type Reader } from "./reader";

/** Most characters of a selector in Calico's CRDs. */
export const MAX_SELECTOR_LENGTH = 1024;

/** Code points, as Kubernetes counts the length of a text. */
export const characters = (text: string): number => Array.from(text).length;

/** Where a selector stands decides whether `global()` may be in it. */
export interface SelectorPlace {
  readonly global: "forbidden" | "alone" | "allowed";
}

function checkGlobal(reader: Reader, selector: Selector, place: SelectorPlace): void {
  if (!selector.text.includes("global(")) return;
  if (place.global === "forbidden") {
    const hint = "global() belongs in the namespaceSelector of a rule's source or destination";
    complain(reader, { code: "misplaced-global", message: "global() is not allowed here", hint });
  } else if (place.global === "alone" && selector.node.kind !== "global") {
    const message = "global() cannot be combined with other conditions";
    complain(reader, { code: "combined-global", message, hint: "write global() alone" });
  }
}

/** Reads a selector; an empty text is none, as in Calico. */
export function readSelector(reader: Reader, place: SelectorPlace): Selector | undefined {
  const text = readString(reader);
  if (text === undefined || text === "") return undefined;
  if (characters(text) > MAX_SELECTOR_LENGTH) {
    const message = `selector has ${characters(text)} characters, at most ${MAX_SELECTOR_LENGTH} are allowed`;
    complain(reader, { code: "selector-too-long", message });
  }
  const parsed = parseSelector(text);
  if (!parsed.ok) {
    for (const d of parsed.error) reader.findings.diagnostics.push({ ...d, path: reader.path });
    return undefined;
  }
  const selector = { text, node: parsed.value };
  checkGlobal(reader, selector, place);
  return selector;
}
