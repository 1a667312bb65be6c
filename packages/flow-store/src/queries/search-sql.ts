import { specOf } from "@isthmus/flow-filter";
import type { Parameterise } from "./filter-sql";
import { ifSeen, ifTold } from "./hiding";

const parts = ["source", "dest", "service"] as const;
/** All that is searched, as one text. */
const wholeText =
  "concat(source_text, ' ', dest_text, ' ', service_text, ' ', protocol, ' ', toString(dest_port), ' ', toString(action), ' ', policy_text)";
const { choices: verdicts = [] } = specOf("action");

/** A condition on flows of which any of the texts is found in a name, the port or the verdict, whatever their case. */
export function foundAnywhere(texts: readonly string[], parameterise: Parameterise): string {
  const single = texts.filter((text) => text !== "" && !text.includes(" "));
  const others = texts.filter((text) => !single.includes(text));
  const found = others.map((text) => `(${foundAcross(text, parameterise)})`);
  return [...(single.length === 0 ? [] : [foundInOne(single, parameterise)]), ...found].join(" OR ") || "0";
}

/**
 * Names are searched one by one, in the dictionaries of their columns and not in every row: what has no space is found in
 * the whole text only where it is found in one of them.
 */
function foundInOne(texts: readonly string[], parameterise: Parameterise): string {
  const wanted = parameterise("Array(String)", texts);
  const holds = (text: string) => `multiSearchAnyCaseInsensitiveUTF8(${text}, ${wanted})`;
  const actions = verdicts.filter((verdict) => texts.some((text) => verdict.includes(text.toLowerCase())));
  return [
    ...parts.map((part) => ifSeen(part, holds(`${part}_text`))),
    holds("protocol"),
    ...(texts.some((text) => /^\d{1,5}$/.test(text)) ? [holds("toString(toLowCardinality(dest_port))")] : []),
    ...(actions.length === 0 ? [] : [`action IN (${actions.map((action) => `'${action}'`).join(", ")})`]),
    ifTold(holds("policy_text")),
  ].join(" OR ");
}

/** A text with spaces may begin in one name and end in the next; then each of its words is found in some name. */
function foundAcross(text: string, parameterise: Parameterise): string {
  const words = [...new Set(text.split(" ").filter((word) => word !== ""))];
  const whole = `positionCaseInsensitiveUTF8(${wholeText}, ${parameterise("String", text)}) > 0`;
  return [...words.map((word) => `(${foundInOne([word], parameterise)})`), whole].join(" AND ");
}
