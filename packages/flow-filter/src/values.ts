import { err, ok, type Result } from "@isthmus/std";
import { parseBytes, parseCount, unitNames } from "./amount";
import type { Value } from "./ast";
import { canonicalBlock } from "./block";
import type { Mistake } from "./diagnostic";
import type { FieldSpec } from "./fields";
import { readPattern } from "./pattern";

const maxPort = 65_535;

/** Reads a value of a field as a person writes it; one meaning has one value, so that a filter's text is its identity. */
export function readValue(spec: FieldSpec, text: string): Result<Value, Mistake> {
  switch (spec.kind) {
    case "bytes":
      return readAmount(
        parseBytes(text),
        `\`${text}\` is no number of bytes`,
        `a number, with a unit if you like: ${unitNames.join(", ")}`,
      );
    case "count":
      return readAmount(parseCount(text), `\`${text}\` is no count`, "a whole number");
    case "port":
      return readPorts(text);
    case "address": {
      const block = canonicalBlock(text);
      return block === undefined
        ? wrong(`\`${text}\` is no address`, "an address or a block of them, as 10.0.0.0/8 or fd00::/8")
        : ok({ kind: "block", block });
    }
    case "choice":
      return spec.choices?.includes(text) === true
        ? ok({ kind: "text", text })
        : wrong(`\`${text}\` is none of its values`, `one of ${spec.choices?.join(", ") ?? ""}`);
    case "text":
    case "search":
      return text === "" && !spec.keyed
        ? wrong("a value is empty", spec.optional ? "ask for what has none with `not has …`" : undefined)
        : ok({ kind: "text", text });
  }
}

function readAmount(amount: number | undefined, message: string, hint: string): Result<Value, Mistake> {
  return amount === undefined ? wrong(message, hint) : ok({ kind: "amount", amount });
}

function readPorts(text: string): Result<Value, Mistake> {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (first === undefined || from > maxPort || to > maxPort)
    return wrong(`\`${text}\` is no port`, `a number from 0 to ${maxPort}, or a range such as 8000-8999`);
  return from > to ? wrong(`\`${text}\` ends before it begins`, `${to}-${from}`) : ok({ kind: "ports", from, to });
}

/**
 * Reads a pattern from what stands between quotes: only `\"` is an escape of the language, others are the pattern's.
 */
export function readPatternValue(raw: string): Result<Value, Mistake> {
  const pattern = raw.replace(/\\(.)/gsu, (pair, next: string) => (next === '"' ? '"' : pair));
  if (pattern === "") return wrong("a regular expression is empty", "ask for what has a value with `has …`");
  const read = readPattern(pattern);
  return read.ok ? ok({ kind: "pattern", pattern }) : read;
}

const wrong = (message: string, hint?: string) =>
  err({ code: "unknown-value" as const, message, ...(hint === undefined ? {} : { hint }) });
