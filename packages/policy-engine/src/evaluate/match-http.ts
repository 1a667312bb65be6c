import type { HttpHeaderMatch, HttpMatch, HttpPath } from "../model/rule";
import { decided, MATCH, NO_MATCH, undecided, type HttpRequest, type Outcome } from "./packet";
import { compileRegex } from "./regex/match";

type RequestCheck = (request: HttpRequest) => Outcome;

/** `*` stands for every method (Calico, app-policy checker/match.go, matchHTTPMethods). */
const methodCheck =
  (methods: readonly string[]): RequestCheck =>
  ({ method }) =>
    decided(methods.includes("*") || methods.includes(method));

/** A path as Calico compares it: without query and fragment, and otherwise as it was sent (matchHTTPPaths). */
const comparedPath = (path: string): string => path.split(/[?#]/, 1)[0] ?? "";

const pathMatches = (path: HttpPath, text: string): boolean =>
  path.kind === "exact" ? text === path.path : text.startsWith(path.path);

function pathCheck(paths: readonly HttpPath[]): RequestCheck {
  return ({ path }) => {
    if (!path.startsWith("/")) return undecided(`\`${path}\` is not a path of HTTP`);
    const compared = comparedPath(path);
    return decided(paths.some((wanted) => pathMatches(wanted, compared)));
  };
}

/** Names of headers do not differ by case (RFC 9110, 5.1). */
function headerOf({ headers = {} }: HttpRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

type ValueCheck = (value: string) => Outcome;

const anyOf =
  (values: readonly string[], matches: (value: string, wanted: string) => boolean): ValueCheck =>
  (value) =>
    decided(values.some((wanted) => matches(value, wanted)));

function regexCheck(values: readonly string[]): ValueCheck {
  const compiled = values.map((text) => ({ text, matches: compileRegex(text) }));
  return (value) => {
    if (compiled.some(({ matches }) => matches?.(value) ?? false)) return MATCH;
    const odd = compiled.find(({ matches }) => matches === undefined);
    return odd ? undecided(`the expression \`${odd.text}\` is not understood`) : NO_MATCH;
  };
}

function valueCheck({ operator, values }: HttpHeaderMatch): ValueCheck {
  switch (operator) {
    case "Exists":
      return () => MATCH;
    case "DoesNotExist":
      return () => NO_MATCH;
    case "HasPrefix":
      return anyOf(values, (value, wanted) => value.startsWith(wanted));
    case "HasSuffix":
      return anyOf(values, (value, wanted) => value.endsWith(wanted));
    case "In":
      return anyOf(values, (value, wanted) => value === wanted);
    case "NotIn":
      return (value) => decided(!values.includes(value));
    case "MatchesRegex":
      return regexCheck(values);
  }
}

/**
 * What a rule asks of one header (Calico Enterprise, HTTPHeaderCriteria). A header that is absent is, as an absent label
 * is to a selector, in no set and like nothing: DoesNotExist and NotIn alone match it.
 */
function headerCheck(match: HttpHeaderMatch): RequestCheck {
  const check = valueCheck(match);
  const whenAbsent = decided(match.operator === "DoesNotExist" || match.operator === "NotIn");
  return (request) => {
    if (!request.headers) return undecided("the headers of the HTTP request were not observed");
    const value = headerOf(request, match.header);
    return value === undefined ? whenAbsent : check(value);
  };
}

/** Compiles what a rule asks of HTTP requests: a method, a path, and every header. Without a request it is unknown. */
export function compileHttp({ methods, paths, headers }: HttpMatch): (request: HttpRequest | undefined) => Outcome {
  const checks = [
    ...(methods.length > 0 ? [methodCheck(methods)] : []),
    ...(paths.length > 0 ? [pathCheck(paths)] : []),
    ...headers.map(headerCheck),
  ];
  return (request) => {
    if (!request) return undecided("the rule asks for HTTP requests, and none were observed");
    const outcomes = checks.map((check) => check(request));
    if (outcomes.some(({ kind }) => kind === "no-match")) return NO_MATCH;
    return outcomes.find(({ kind }) => kind === "unknown") ?? MATCH;
  };
}
