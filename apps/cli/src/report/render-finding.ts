import type { Severity } from "@isthmus/policy-engine";
import type { Place } from "../files/source";
import type { Finding } from "./finding";
import { lineColumn, sourceLine } from "./line-column";
import { visible, type Paint } from "./paint";

/** The widest stretch of a source line that is shown; longer ones (minified JSON) are cut around the caret. */
const WINDOW = 100;

const STYLE: Readonly<Record<Severity, "red" | "yellow" | "cyan">> = { error: "red", warning: "yellow", info: "cyan" };

function address({ at }: Finding): string {
  if (at.kind === "command-line") return "isthmus";
  if (at.kind === "file") return visible(at.name);
  return placeName(at.place);
}

/** A place as editors open it: `shop/policy.yaml:12:22`. */
export function placeName({ source, start }: Place): string {
  const { line, column } = lineColumn(source, start);
  return `${visible(source.name)}:${line}:${column}`;
}

/** The source line with a caret below the place. */
function excerpt(place: Place, paint: Paint): readonly string[] {
  const { number, characters, from, to } = sourceLine(place);
  const first = from > WINDOW - 20 ? from - 40 : 0;
  const shown = characters.slice(first, first + WINDOW);
  const before = first > 0 ? "…" : "";
  const after = characters.length > first + WINDOW ? "…" : "";
  const gutter = String(number).padStart(5);
  const width = Math.max(1, Math.min(to, first + shown.length) - from);
  const indent = " ".repeat(before.length + from - first);
  return [
    `${paint("dim", `${gutter} |`)} ${before}${visible(shown.join(""))}${after}`,
    `${paint("dim", `${" ".repeat(gutter.length)} |`)} ${indent}${paint("bold", "^".repeat(width))}`,
  ];
}

const note = (label: string, text: string): string => `      = ${label}: ${visible(text)}`;

/** A finding as people read it, with the source line and a caret where there is one. Ends without a line break. */
export function renderFinding(finding: Finding, paint: Paint): string {
  const { at, severity, message, code, object, field, hint, related } = finding;
  const head = `${paint("bold", address(finding))}: ${paint(STYLE[severity], severity)}: ${visible(message)} ${paint("dim", `[${code}]`)}`;
  const lines = [head];
  if (at.kind === "text") lines.push(...excerpt(at.place, paint));
  const about = [object, field].filter((text) => text !== undefined && text !== "").join(", ");
  if (about !== "") lines.push(note("in", about));
  if (hint !== undefined) lines.push(note("hint", hint));
  if (related) lines.push(note("see", `${placeName(related.place)}: ${related.message}`));
  return lines.join("\n");
}

/** A finding as data, for `-o json`. */
export function findingJson({ at, object, field, hint, related, ...rest }: Finding): object {
  return {
    ...rest,
    ...locationJson(at),
    ...(object !== undefined && { object }),
    ...(field !== undefined && field !== "" && { field }),
    ...(hint !== undefined && { hint }),
    ...(related && { related: { message: related.message, ...placeJson(related.place) } }),
  };
}

function placeJson({ source, start, end }: Place): object {
  const to = lineColumn(source, Math.max(end, start));
  return { file: source.name, ...lineColumn(source, start), endLine: to.line, endColumn: to.column };
}

function locationJson(at: Finding["at"]): object {
  if (at.kind === "command-line") return {};
  return at.kind === "file" ? { file: at.name } : placeJson(at.place);
}
