import type { HttpHeaderMatch, HttpMatch, HttpPath } from "../model/policy";
import {
  complain,
  field,
  isPresent,
  readList,
  readObject,
  readString,
  readStrings,
  readWord,
  rejectRepeats,
  type Reader,
} from "./reader";
import { characters } from "./selector";

/** Most methods and paths of a rule (Calico's CRDs). */
const MAX_ENTRIES = 20;

/** Most characters of a path (Calico's CRDs). */
const MAX_PATH_LENGTH = 1024;

function readPath(reader: Reader): HttpPath | undefined {
  readObject(reader, ["exact", "prefix"]);
  const exact = readString(field(reader, "exact")) ?? "";
  const prefix = readString(field(reader, "prefix")) ?? "";
  if ((exact === "") === (prefix === "")) {
    const message = exact === "" ? "a path needs exact or prefix" : "a path has either exact or prefix, not both";
    complain(reader, { code: "invalid-http-path", message });
    return undefined;
  }
  const path = exact === "" ? prefix : exact;
  if (!path.startsWith("/") || /[? #]/.test(path)) {
    const message = `\`${path}\` is not a path`;
    complain(reader, { code: "invalid-http-path", message, hint: "it starts with / and holds no space, ? or #" });
    return undefined;
  }
  if (characters(path) > MAX_PATH_LENGTH) {
    const message = `the path has ${characters(path)} characters, at most ${MAX_PATH_LENGTH} are allowed`;
    complain(reader, { code: "too-long", message });
  }
  return { kind: exact === "" ? "prefix" : "exact", path };
}

const OPERATORS = ["Exists", "DoesNotExist", "HasPrefix", "HasSuffix", "In", "NotIn", "MatchesRegex"] as const;

function readHeader(reader: Reader): HttpHeaderMatch | undefined {
  readObject(reader, ["header", "operator", "values"]);
  const header = readString(field(reader, "header")) ?? "";
  const operator = readWord(field(reader, "operator"), OPERATORS);
  const values = readStrings(field(reader, "values")).map(({ text }) => text);
  if (header === "") complain(field(reader, "header"), { code: "missing-header", message: "a header needs its name" });
  if (operator === undefined) {
    if (!isPresent(field(reader, "operator")))
      complain(reader, { code: "missing-operator", message: "a header needs an operator" });
    return undefined;
  }
  return { header, operator, values };
}

/**
 * Reads the `http` part of a rule. Open-source Calico has no `headers`: drafts are refused, what a cluster of Calico
 * Enterprise holds is understood.
 */
export function readHttp(reader: Reader): HttpMatch {
  readObject(reader, ["methods", "paths"], ["headers"]);
  const methods = readStrings(field(reader, "methods"), MAX_ENTRIES);
  rejectRepeats(methods);
  const paths = readList(field(reader, "paths"), MAX_ENTRIES).flatMap((at) => readPath(at) ?? []);
  const headers = readList(field(reader, "headers")).flatMap((at) => readHeader(at) ?? []);
  return { methods: methods.map(({ text }) => text), paths, headers };
}
