import { isObject, type JsonObject } from "../json";
import type { Span } from "../scenario-types";

/** Where a value stands, and whom to tell what is wrong with it. */
export interface Place {
  readonly path: string;
  readonly report: (path: string, message: string) => void;
}

/** A place within another: a field, or an item of a list. */
export function within(place: Place, step: string | number): Place {
  const path = typeof step === "number" ? `${place.path}[${step}]` : place.path === "" ? step : `${place.path}.${step}`;
  return { ...place, path };
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/** Reports a value that is not what was wanted. */
export function wrong(place: Place, value: unknown, cure: string): undefined {
  place.report(place.path, value === undefined ? `is missing: ${cure}` : `is ${shown(value)}: ${cure}`);
  return undefined;
}

/** The object with only the fields that are known here; others are reported. */
export function record(place: Place, value: unknown, known: readonly string[]): JsonObject | undefined {
  if (!isObject(value)) return wrong(place, value, `give an object with ${known.join(", ")}`);
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    within(place, field).report(within(place, field).path, `is not known here; known are ${known.join(", ")}`);
  }
  return value;
}

/** A whole number between two others. */
export function whole(place: Place, value: unknown, { from, to }: Span): number | undefined {
  if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
  return wrong(place, value, `give a whole number from ${from} to ${to}`);
}

/** A number of whatever size that is above 0. */
export function rate(place: Place, value: unknown, most: number): number | undefined {
  if (typeof value === "number" && value > 0 && value <= most) return value;
  return wrong(place, value, `give how often a minute, above 0 and at most ${most}`);
}

/** `3` or `1..5`. */
export function span(place: Place, value: unknown, limits: Span): Span | undefined {
  if (typeof value === "number") {
    const one = whole(place, value, limits);
    return one === undefined ? undefined : { from: one, to: one };
  }
  const [, low, high] = /^(\d+)\.\.(\d+)$/.exec(typeof value === "string" ? value : "") ?? [];
  const [from, to] = [Number(low), Number(high)];
  if (low !== undefined && from <= to && from >= limits.from && to <= limits.to) return { from, to };
  return wrong(
    place,
    value,
    `give a number, or the least and the most as in 1..20, from ${limits.from} to ${limits.to}`,
  );
}

/** A text that has a form. */
export function text(place: Place, value: unknown, form: { readonly is: RegExp; readonly cure: string }) {
  if (typeof value === "string" && form.is.test(value)) return value;
  return wrong(place, value, form.cure);
}

/** An object whose values are all texts, as labels are; numbers and truth values are taken as YAML's spelling of text. */
export function texts(place: Place, value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return wrong(place, value, "give an object of texts, as in { team: shop }");
  const entries = Object.entries(value).map(([key, item]): [string, string] => {
    if (typeof item === "string") return [key, item];
    if (typeof item !== "number" && typeof item !== "boolean") wrong(within(place, key), item, "give a text");
    return [key, String(item)];
  });
  return Object.fromEntries(entries);
}

/** A list; each item is read by itself. */
export function list<T>(place: Place, value: unknown, read: (place: Place, item: unknown) => T | undefined) {
  if (!Array.isArray(value)) return wrong(place, value, "give a list");
  return value.flatMap((item: unknown, index): T[] => {
    const made = read(within(place, index), item);
    return made === undefined ? [] : [made];
  });
}

/** Reads a field that may be left out. */
export function optional<T>(
  place: Place,
  { from, field }: { readonly from: JsonObject; readonly field: string },
  read: (place: Place, value: unknown) => T | undefined,
): T | undefined {
  const value = from[field];
  return value === undefined || value === null ? undefined : read(within(place, field), value);
}

/** A name as Kubernetes takes it for most objects. */
export const dnsLabel = {
  is: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  cure: 'use a-z, 0-9 and "-", at most 63 characters',
};
