import { parseSelector } from "@isthmus/policy-engine/selector-syntax";
import type { Cause } from "../status";
import { wrong } from "./causes";

/** Where a selector stands: in a rule's namespaceSelector it may be `global()`, and then nothing else. */
export type SelectorUse = "peer-namespaces" | "elsewhere";

/** What is wrong with a selector in Calico's language; an absent or empty one is right. */
export function checkSelector(value: unknown, field: string, use: SelectorUse): readonly Cause[] {
  if (typeof value !== "string" || value.trim() === "") return [];
  const parsed = parseSelector(value);
  if (!parsed.ok) return parsed.error.map(({ message }) => wrong(field, value, `invalid selector: ${message}`));
  if (!usesGlobal(value)) return [];
  if (use === "elsewhere") return [wrong(field, value, "global() can only be used in a rule's namespaceSelector")];
  const alone = /^\s*global\s*\(\s*\)\s*$/.test(value);
  return alone ? [] : [wrong(field, value, "global() cannot be combined with anything else")];
}

/** Outside of quoted strings. */
function usesGlobal(selector: string): boolean {
  return /\bglobal\s*\(/.test(selector.replaceAll(/'[^']*'|"[^"]*"/g, "''"));
}
