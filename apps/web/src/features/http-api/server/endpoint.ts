import { z } from "zod";
import type { Identity } from "../../../server/identity";
import type { appRouter } from "../../../server/router";
import type { createCallerFactory } from "../../../server/trpc";

/** The procedures of the web app as the token's person calls them: every check is theirs. */
export type App = ReturnType<ReturnType<typeof createCallerFactory<(typeof appRouter)["_def"]["record"]>>>;

/** One operation of the HTTP API, as it is answered and as it is documented. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /api/v1; fields of the input that stand in braces are taken from the path. */
  readonly path: `/${string}`;
  /** Stable; names the function in generated clients. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly input: z.ZodObject;
  /** Absent where the answer has no body. */
  readonly output: z.ZodType | undefined;
  readonly status: 200 | 201 | 204;
  /** Runs it on an input that was read by `input`. */
  readonly run: (app: App, input: Readonly<Record<string, unknown>>, identity: Identity) => Promise<unknown>;
}

interface Spec<I extends z.ZodObject> extends Omit<Endpoint, "input" | "status" | "run" | "output"> {
  readonly input?: I;
  readonly output?: z.ZodType;
  readonly status?: Endpoint["status"];
  readonly run: (app: App, input: z.output<I>, identity: Identity) => Promise<unknown>;
}

const nothing = z.strictObject({});

/** Defines an operation; the answer is 204 without an output, else 200 unless it says otherwise. */
export function endpoint<I extends z.ZodObject = typeof nothing>(spec: Spec<I>): Endpoint {
  const { input, output, status, run, ...rest } = spec;
  return {
    ...rest,
    input: input ?? nothing,
    output,
    status: status ?? (output === undefined ? 204 : 200),
    run: (app, read, identity) => run(app, read as z.output<I>, identity),
  };
}

/** A moment, in ISO 8601 with milliseconds, UTC. */
export const moment = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString() : value),
  z.iso.datetime({ precision: 3 }),
);

/** How a list is asked for page by page. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(100).describe("The most items of an answer."),
  cursor: z.string().max(100).optional().describe("`nextCursor` of the answer before."),
};

/** The answer of a list. */
export const listOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe("For the next page; null on the last one."),
  });

/** One page of things that have ids; its order is that of ids, so that nothing is seen twice or left out. */
export function pageOf<T extends { readonly id: string }>(
  all: readonly T[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly items: readonly T[]; readonly nextCursor: string | null } {
  const rest = all
    .filter(({ id }) => cursor === undefined || id > cursor)
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const items = rest.slice(0, limit);
  return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
}
