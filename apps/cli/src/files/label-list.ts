import { err, ok, type Result } from "@isthmus/std";
import { usageError, type Finding } from "../report/finding";

/** Reads labels as they are typed: `app=web,tier=front`, in as many texts as one likes. */
export function parseLabels(texts: readonly string[]): Result<ReadonlyMap<string, string>, readonly Finding[]> {
  const labels = new Map<string, string>();
  const problems: Finding[] = [];
  const hint = "write labels as app=web,tier=front";
  for (const pair of texts.flatMap((text) => text.split(",")).map((text) => text.trim())) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, equals)).trim();
    if (key === "") problems.push(usageError({ code: "label", message: `\`${pair}\` is not a label`, hint }));
    else if (labels.has(key)) {
      problems.push(
        usageError({ code: "label", message: `label \`${key}\` is given twice`, hint: "keep one of them" }),
      );
    } else labels.set(key, pair.slice(equals + 1).trim());
  }
  return problems.length > 0 ? err(problems) : ok(labels);
}
