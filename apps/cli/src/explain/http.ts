import type { HttpRequest } from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import { usageError, type Finding } from "../report/finding";

const REQUEST = /^([A-Z]+) (\/\S*)$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/;

const wrong = (message: string, hint: string): Finding => usageError({ code: "http", message, hint });

function parseHeaders(texts: readonly string[]): Result<Readonly<Record<string, string>>, readonly Finding[]> {
  const read = texts.map((text) => ({ text, match: HEADER.exec(text) }));
  const bad = read.filter(({ match }) => match === null);
  if (bad.length > 0) {
    return err(bad.map(({ text }) => wrong(`\`${text}\` is not a header`, "write it as 'X-Tenant: shop'")));
  }
  return ok(Object.fromEntries(read.map(({ match }) => [match?.[1] ?? "", match?.[2] ?? ""])));
}

/** Reads the HTTP request that a connection carries: `GET /cart`, and its headers; undefined where none is asked about. */
export function parseRequest(
  request: string | undefined,
  headers: readonly string[],
): Result<HttpRequest | undefined, readonly Finding[]> {
  if (request === undefined) {
    if (headers.length === 0) return ok(undefined);
    return err([wrong("--header goes with --http", "write --http 'GET /cart' --header 'X-Tenant: shop'")]);
  }
  const [, method, path] = REQUEST.exec(request) ?? [];
  if (method === undefined || path === undefined) {
    return err([wrong(`\`${request}\` is not a request`, "write a method and a path: 'GET /cart'")]);
  }
  const read = parseHeaders(headers);
  if (!read.ok) return read;
  return ok({ method, path, ...(headers.length > 0 && { headers: read.value }) });
}
