import type { HttpMatch, HttpPath } from "../model/policy";
import { complain, field, readList, readObject, readString, readStrings, rejectRepeats, type Reader } from "./reader";

/** Most methods and paths of a rule (Calico's CRDs). */
const MAX_ENTRIES = 20;

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
  return { kind: exact === "" ? "prefix" : "exact", path };
}

/** Reads the `http` part of a rule, and the fields of it that are not understood. */
export function readHttp(reader: Reader): { readonly http: HttpMatch; readonly unknown: readonly string[] } {
  const unknown = readObject(reader, ["methods", "paths"]);
  const methods = readStrings(field(reader, "methods"), MAX_ENTRIES);
  rejectRepeats(methods);
  const paths = readList(field(reader, "paths"), MAX_ENTRIES).flatMap((at) => readPath(at) ?? []);
  return { http: { methods: methods.map(({ text }) => text), paths, headers: [] }, unknown };
}
