import {
  compileSelector,
  describeSelector,
  labelRestrictions,
  parseSelector,
  printSelector,
  selectorUniqueId,
  type LabelRestriction,
  type SelectorNode,
} from "@isthmus/policy-engine";
import { parseLabels } from "../files/label-list";
import type { Source } from "../files/source";
import type { Finding } from "../report/finding";
import { jsonText } from "../report/json";
import { visible } from "../report/paint";
import { writeFindings } from "../report/write-findings";
import { EXIT, textOption, textsOption, type Verb } from "../verb";

interface Answer {
  readonly node: SelectorNode;
  /** Absent where no labels were given. */
  readonly matches?: boolean;
}

function restriction([label, { mustBePresent, mustBeAbsent, mustHaveOneOfValues: values }]: readonly [
  string,
  LabelRestriction,
]): string {
  if (mustBePresent && mustBeAbsent) return `${label} present and absent, so nothing matches`;
  if (mustBeAbsent) return `${label} absent`;
  if (!values) return `${label} present`;
  return values.length === 1 ? `${label} = ${values[0] ?? ""}` : `${label} one of ${values.join(", ")}`;
}

function text({ node, matches }: Answer): string {
  const needs = [...labelRestrictions(node)].map(restriction);
  const rows: readonly (readonly [string, string])[] = [
    ["canonical", printSelector(node)],
    ["id", selectorUniqueId(node)],
    ["meaning", describeSelector(node)],
    ["needs", needs.length > 0 ? needs.join("; ") : "no label in particular"],
    ...(matches === undefined ? [] : [["matches", matches ? "yes" : "no"] as const]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(9)}  ${visible(value)}\n`).join("");
}

function json({ node, matches }: Answer): string {
  return jsonText("selector", {
    canonical: printSelector(node),
    id: selectorUniqueId(node),
    meaning: describeSelector(node),
    needs: Object.fromEntries(labelRestrictions(node)),
    ...(matches !== undefined && { matches }),
  });
}

function syntaxErrors(source: Source): readonly Finding[] {
  const parsed = parseSelector(source.text);
  if (parsed.ok) return [];
  return parsed.error.map(({ code, severity, message, span, hint }) => ({
    code,
    severity,
    message,
    at: {
      kind: "text" as const,
      place: { source, start: span?.start ?? 0, end: span?.end ?? source.text.length },
    },
    ...(hint !== undefined && { hint }),
  }));
}

/** `isthmus selector`. */
export const selector: Verb = {
  name: "selector",
  summary: "read a selector, and match it against labels",
  description:
    "Reads a selector of Calico's language: its canonical text, the id that Calico derives from it, what it says in\nwords, which labels it needs, and whether given labels match it.",
  operands: [{ name: "<text>", description: "the selector, in quotes" }],
  options: [
    { flags: "-l, --labels <k=v,…>", description: "labels to match against; may be repeated", repeatable: true },
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    { text: "what does this mean?", command: `isthmus selector 'app in {"web", "api"} && !has(canary)'` },
    { text: "does it match a pod?", command: `isthmus selector 'tier == "front"' --labels app=web,tier=front` },
    {
      text: "labels of namespaces are seen under pcns., those of service accounts under pcsa.",
      command: `isthmus selector 'pcns.team == "pay"' --labels pcns.team=pay`,
    },
  ],
  exits: { holds: "the selector is valid and matches the labels, if any were given", fails: "it does not match them" },
  run: (invocation) => {
    const { io, operands } = invocation;
    const source: Source = { name: "selector", text: operands[0] ?? "" };
    const given = textsOption(invocation, "labels");
    const labels = parseLabels(given);
    const parsed = parseSelector(source.text);
    if (!parsed.ok || !labels.ok) {
      writeFindings(io.err, [...syntaxErrors(source), ...(labels.ok ? [] : labels.error)]);
      return Promise.resolve(EXIT.badInput);
    }
    const matches = given.length > 0 ? compileSelector(parsed.value)(labels.value) : undefined;
    const answer: Answer = { node: parsed.value, ...(matches !== undefined && { matches }) };
    io.out.write(textOption(invocation, "output") === "json" ? json(answer) : text(answer));
    return Promise.resolve(matches === false ? EXIT.fails : EXIT.holds);
  },
};
