import { objectsOf, stringMapOf, stringOf, stringsOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { badRequest } from "./status";

export type Matches = (object: KubeObject) => boolean;
type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

const everything: Matches = () => true;

/** Parses `labelSelector` of a request: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function labelSelectorOf(source: string): Matches {
  if (source.trim() === "") return everything;
  const tests = splitRequirements(source).map(labelTest);
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}));
}

/** At commas that are not inside parentheses. */
function splitRequirements(source: string): readonly string[] {
  return source.split(/,(?![^(]*\))/).map((part) => part.trim());
}

const setForm = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalForm = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const existsForm = /^(!?)\s*([^\s!=,()]+)$/;

function labelTest(source: string): LabelTest {
  const set = setForm.exec(source);
  if (set)
    return setTest(
      set[1] ?? "",
      set[2] === "in",
      (set[3] ?? "").split(",").map((value) => value.trim()),
    );
  const equal = equalForm.exec(source);
  if (equal) return setTest(equal[1] ?? "", equal[2] !== "!=", [equal[3] ?? ""]);
  const exists = existsForm.exec(source);
  if (!exists) throw badRequest(`unable to parse requirement: found '${source}'`);
  const [, not, key = ""] = exists;
  return (labels) => key in labels === (not === "");
}

function setTest(key: string, wanted: boolean, values: readonly string[]): LabelTest {
  return (labels) => {
    const value = labels[key];
    return (value !== undefined && values.includes(value)) === wanted;
  };
}

/** Whether labels satisfy a LabelSelector object; an empty one matches all, an absent one nothing. */
export function matchesLabelSelector(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === null) return false;
  const equal = Object.entries(stringMapOf(valueAt(selector, "matchLabels")));
  if (!equal.every(([key, value]) => labels[key] === value)) return false;
  return objectsOf(valueAt(selector, "matchExpressions")).every((expression) => {
    const key = stringOf(expression["key"]);
    const operator = stringOf(expression["operator"]);
    if (operator === "Exists") return key in labels;
    if (operator === "DoesNotExist") return !(key in labels);
    return setTest(key, operator === "In", stringsOf(expression["values"]))(labels);
  });
}

/** Parses `fieldSelector` of a request; only the paths in `selectable` may be named. */
export function fieldSelectorOf(source: string, selectable: readonly string[]): Matches {
  if (source.trim() === "") return everything;
  const known = ["metadata.name", "metadata.namespace", ...selectable];
  const tests = source.split(",").map((part) => fieldTest(part.trim(), known));
  return (object) => tests.every((test) => test(object));
}

function fieldTest(source: string, known: readonly string[]): Matches {
  const parts = /^([^!=]+)(==|=|!=)(.*)$/.exec(source);
  if (!parts) throw badRequest(`invalid selector: '${source}'; can't understand '${source}'`);
  const [, path = "", operator, value = ""] = parts;
  if (!known.includes(path)) throw badRequest(`field label not supported: ${path}`);
  return (object) => (stringOf(valueAt(object, ...path.split("."))) === value) === (operator !== "!=");
}
