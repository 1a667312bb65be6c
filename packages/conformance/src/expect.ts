import { isRecord, textAt } from "@isthmus/k8s";
import type { Answered } from "./api-under-test";
import { ClauseBroken } from "./clause";

const shown = (value: unknown): string => {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** Breaks the clause unless the condition holds; `seen` is what was there instead. */
export function expectThat(holds: boolean, what: string, seen?: unknown): asserts holds {
  if (!holds) throw new ClauseBroken(seen === undefined ? what : `${what}; seen: ${shown(seen)}`);
}

/** Breaks the clause unless both are the same JSON, whatever the order of keys. */
export function expectSame(seen: unknown, expected: unknown, what: string): void {
  if (!same(seen, expected)) throw new ClauseBroken(`${what}: expected ${shown(expected)}, seen ${shown(seen)}`);
}

/** Breaks the clause unless the value has everything that the pattern has; lists are compared as a whole. */
export function expectHas(seen: unknown, pattern: unknown, what: string): void {
  if (!has(seen, pattern)) throw new ClauseBroken(`${what}: expected ${shown(pattern)} in ${shown(seen)}`);
}

/** The answer, if it succeeded. */
export function expectOk(answer: Answered): Answered {
  if (answer.code >= 200 && answer.code < 300) return answer;
  throw new ClauseBroken(`${answer.request} answered ${answer.code}: ${textAt(answer.body, "message") || answer.text}`);
}

/** The answer, if it is a `Status` of this code and reason. */
export function expectStatus(answer: Answered, code: number, reason: string): Answered {
  expectHas(
    { code: answer.code, ...answer.body },
    { code, kind: "Status", apiVersion: "v1", status: "Failure", reason },
    `${answer.request} is refused`,
  );
  return answer;
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => same(each, b[at]));
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

function has(seen: unknown, pattern: unknown): boolean {
  if (!isRecord(pattern)) return same(seen, pattern);
  return isRecord(seen) && Object.entries(pattern).every(([key, value]) => has(seen[key], value));
}
