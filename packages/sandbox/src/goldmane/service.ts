import {
  Code,
  ConnectError,
  create,
  createGoldmaneServer,
  FilterHintsResultSchema,
  FlowListResultSchema,
  FlowReceiptSchema,
  StatisticsResultSchema,
  type GoldmaneServer,
  type MutualTls,
} from "@isthmus/goldmane-api";
import type { Clock, Result } from "@isthmus/std";
import { SlowReader } from "./bucket-queue";
import type { Goldmane, GoldmaneError } from "./goldmane";
import { flowOfMessage } from "./messages";

/** Serves a Goldmane over gRPC. */
export function serveGoldmane(goldmane: Goldmane, tls: MutualTls, clock: Clock): GoldmaneServer {
  return createGoldmaneServer({
    tls,
    flows: {
      list: (request) => {
        const { items, totalPages, totalResults } = unwrap(goldmane.list(request, clock.now()));
        return create(FlowListResultSchema, { meta: metaOf({ totalPages, totalResults }), flows: [...items] });
      },
      filterHints: (request) => {
        const { items, ...page } = unwrap(goldmane.hints(request, clock.now()));
        return create(FilterHintsResultSchema, { meta: metaOf(page), hints: items.map((value) => ({ value })) });
      },
      stream: async function* (request, { signal }) {
        try {
          yield* unwrap(goldmane.stream(request, { nowMs: clock.now(), signal }));
        } catch (error) {
          if (error instanceof SlowReader) throw new ConnectError("stream reader is too slow", Code.DeadlineExceeded);
          throw error;
        }
      },
    },
    statistics: {
      list: async function* (request) {
        const results = unwrap(goldmane.statistics(request, clock.now()));
        if (results.length > 0) return yield* results;
        // Goldmane sends an empty result before it says so, for the sake of proxies that lose a refusal without one.
        yield create(StatisticsResultSchema);
        throw new ConnectError("No statistics matching request", Code.NotFound);
      },
    },
    collector: {
      connect: async function* (updates) {
        for await (const { flow: message } of updates) {
          const flow = message && flowOfMessage(message);
          if (flow === undefined) throw new ConnectError("a flow without a key", Code.InvalidArgument);
          goldmane.receive([flow]);
          yield create(FlowReceiptSchema);
        }
      },
    },
  });
}

function metaOf(page: { readonly totalPages: number; readonly totalResults: number }) {
  return { totalPages: BigInt(page.totalPages), totalResults: BigInt(page.totalResults) };
}

const codes: Readonly<Record<GoldmaneError["code"], Code>> = {
  invalid: Code.InvalidArgument,
  exhausted: Code.ResourceExhausted,
  unknown: Code.Unknown,
};

function unwrap<T>(result: Result<T, GoldmaneError>): T {
  if (result.ok) return result.value;
  throw new ConnectError(result.error.message, codes[result.error.code]);
}
