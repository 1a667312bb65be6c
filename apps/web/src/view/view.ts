import { z } from "zod";
import { defaultRange, parseRange, printRange, type TimeRange } from "./time-range";
import { parseScope, printScope, type Scope } from "./scope";

/** What every page's question to the server carries: the scope and the time range, in the notation of the URL. */
export const viewInput = z.object({ scope: z.string().max(2_000), range: z.string().max(64) });
export type ViewInput = z.infer<typeof viewInput>;

/** The part of the URL that is the same on every page. */
export interface View {
  readonly scope: Scope;
  readonly range: TimeRange;
  readonly live: boolean;
}

/** Names of the parameters that travel from page to page. */
export const viewParams = ["scope", "range", "live"] as const;

interface Params {
  get(name: string): string | null;
}

/** Reads the view from a URL; what does not parse is as if it were not said. */
export function readView(params: Params): View {
  const range = parseRange(params.get("range") ?? "");
  return {
    scope: parseScope(params.get("scope") ?? ""),
    range: range.ok ? range.value : defaultRange,
    live: params.get("live") !== "off" && (!range.ok || range.value.kind === "relative"),
  };
}

/** The view as parameters; what is at its default is left out (undefined). */
export function writeView(view: View): Readonly<Record<(typeof viewParams)[number], string | undefined>> {
  const range = printRange(view.range);
  return {
    scope: view.scope.length === 0 ? undefined : printScope(view.scope),
    range: range === printRange(defaultRange) ? undefined : range,
    live: view.live || view.range.kind === "absolute" ? undefined : "off",
  };
}

/** The view as the server takes it. */
export const toViewInput = (view: View): ViewInput => ({
  scope: printScope(view.scope),
  range: printRange(view.range),
});

/** `href` with the view's parameters of the present URL carried over; what `href` says itself wins. */
export function carryView(href: string, current: URLSearchParams): string {
  const [path = "/", query = ""] = href.split("?");
  const params = new URLSearchParams();
  for (const name of viewParams) {
    const value = current.get(name);
    if (value !== null) params.set(name, value);
  }
  for (const [name, value] of new URLSearchParams(query)) params.set(name, value);
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}
