import { describeSelector } from "../../explain/describe-selector";
import type { SelectorNode } from "../../selector/ast";
import { compileSelector, type LabelMap } from "../../selector/evaluate";
import { tokenize } from "../../selector/lexer";
import { parseSelector } from "../../selector/parser";
import { printSelector } from "../../selector/printer";
import { labelRestrictions } from "../../selector/restrictions";
import { prefixLabels } from "../../selector/rewrite";
import { selectorUniqueId } from "../../selector/unique-id";
import type { Diagnostic } from "../../diagnostic";
import type { Checked } from "./checked";
import type { Draws } from "./draws";
import { acceptsSelector } from "./strict-selector";

/** Longest text that the slow recognizer is asked about. */
const SHORT = 600;

/** Nothing that is told repeats more of the text than this. */
const MAX_TOLD = 200;

function diagnosticFaults(text: string, found: readonly Diagnostic[]): readonly string[] {
  if (!found.some((d) => d.severity === "error")) return ["refused without an error"];
  if (found.length > 21) return [`${found.length} mistakes are told`];
  return found.flatMap(({ code, span, message, hint = "" }) => {
    if (!span || span.start < 0 || span.end < span.start || span.end > text.length) return [`${code}: span outside`];
    if (hint === "" || message.length > MAX_TOLD || hint.length > MAX_TOLD) return [`${code}: message or hint`];
    return [];
  });
}

function tokenFaults(text: string): readonly string[] {
  let at = 0;
  for (const { span, kind } of tokenize(text).tokens) {
    if (span.start < at || span.end < span.start || span.end > text.length) return [`token ${kind} out of order`];
    at = span.end;
  }
  return at === text.length || text.slice(at).trim() === "" ? [] : ["text after the last token"];
}

interface Atom {
  readonly label: string;
  readonly values: readonly string[];
}

function atomsOf(node: SelectorNode): readonly Atom[] {
  const atoms: Atom[] = [];
  const visit = (at: SelectorNode): void => {
    if (at.kind === "not") visit(at.operand);
    else if (at.kind === "and" || at.kind === "or") at.operands.forEach(visit);
    else if (at.kind === "has") atoms.push({ label: at.label, values: [] });
    else if (at.kind === "compare") atoms.push({ label: at.label, values: [at.value] });
    else if (at.kind === "membership") atoms.push({ label: at.label, values: at.values });
  };
  visit(node);
  return atoms;
}

/** Labels that the selector speaks of, some of them with values that it speaks of. */
function labelsFor(draws: Draws, atoms: readonly Atom[]): LabelMap {
  const labels = new Map<string, string>();
  for (const { label, values } of atoms.slice(0, 50))
    if (!draws.once(3)) labels.set(label, values.length > 0 && !draws.once(4) ? draws.pick(values) : "other");
  return labels;
}

function restrictionFaults(node: SelectorNode, matching: LabelMap): readonly string[] {
  return [...labelRestrictions(node)].flatMap(([label, r]) => {
    const value = matching.get(label);
    const broken =
      (r.mustBePresent && value === undefined) ||
      (r.mustBeAbsent && value !== undefined) ||
      (r.mustHaveOneOfValues !== undefined && !r.mustHaveOneOfValues.includes(value ?? "\0absent"));
    return broken ? [`restriction of ${label} is broken by labels that match`] : [];
  });
}

function meaningFaults(draws: Draws, node: SelectorNode, again: SelectorNode): readonly string[] {
  const atoms = atomsOf(node);
  const [matches, matchesAgain, prefixed] = [node, again, prefixLabels(node, "p.")].map(compileSelector);
  for (let round = 0; round < 3; round += 1) {
    const labels = labelsFor(draws, atoms);
    const verdict = matches?.(labels);
    if (matchesAgain?.(labels) !== verdict) return ["what is printed means something else"];
    const moved = new Map([...labels].map(([label, value]) => [`p.${label}`, value]));
    if (prefixed?.(moved) !== verdict) return ["with a prefix it means something else"];
    if (verdict) {
      const broken = restrictionFaults(node, labels);
      if (broken.length > 0) return broken;
    }
  }
  return [];
}

function readFaults(draws: Draws, node: SelectorNode): readonly string[] {
  const printed = printSelector(node);
  const again = parseSelector(printed);
  if (!again.ok) return [`its canonical text is refused: ${printed.slice(0, 200)}`];
  const twice = printSelector(again.value);
  // Calico prints a negated group that was negated within as `!!`, and reads that as nothing.
  if (twice !== printed && !printed.includes("!!")) return ["its canonical text prints differently"];
  const third = parseSelector(twice);
  if (!third.ok || printSelector(third.value) !== twice) return ["its canonical text is not settled"];
  if (!/^s:[\w-]{38}$/.test(selectorUniqueId(node))) return ["its unique id has another form"];
  if (twice === printed && selectorUniqueId(again.value) !== selectorUniqueId(node)) return ["its unique id changes"];
  if (describeSelector(node) === "") return ["it has no description"];
  return meaningFaults(draws, node, again.value);
}

/** Checks everything that must hold of a text given to the selector's parser. */
export function checkSelector(draws: Draws, text: string): Checked {
  const result = parseSelector(text);
  const faults = [...tokenFaults(text)];
  if (text.length <= SHORT && acceptsSelector(text) !== result.ok)
    faults.push(result.ok ? "accepted, and Calico refuses it" : `refused, and Calico accepts it`);
  faults.push(...(result.ok ? readFaults(draws, result.value) : diagnosticFaults(text, result.error)));
  return { accepted: result.ok, faults };
}
