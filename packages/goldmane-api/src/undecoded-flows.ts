import { create } from "@bufbuild/protobuf";
import type { CallOptions, Transport } from "@connectrpc/connect";
import {
  FlowListRequestSchema,
  FlowStreamRequestSchema,
  Flows,
  type FlowListRequest,
  type FlowStreamRequest,
} from "./gen/goldmane/goldmane_pb";
import { UndecodedFlowSchema, UndecodedFlowsSchema } from "./gen/goldmane/undecoded_pb";

/** What a request says; the rest is left at its default. */
type Asked<T> = Partial<Omit<T, "$typeName" | "$unknown">>;

/** One page of a list. */
export interface FlowPage {
  /** Each with the id of its key, and bytes for `splitFlow`. */
  readonly flows: readonly { readonly id: bigint; readonly flow: Uint8Array }[];
  /** How many flows there are on all pages. */
  readonly totalResults: number;
}

/**
 * Flows as bytes, for readers of tens of thousands of them: most say again what an earlier one said, and need not be
 * decoded again. Names are as on the wire, with Felix's placeholders.
 */
export interface UndecodedFlowsClient {
  stream(request: Asked<FlowStreamRequest>, options: CallOptions): AsyncIterable<Uint8Array>;
  list(request: Asked<FlowListRequest>, options: CallOptions): Promise<FlowPage>;
}

const STREAM = { ...Flows.method.stream, output: UndecodedFlowSchema };
const LIST = { ...Flows.method.list, output: UndecodedFlowsSchema };

/** Makes the client; it needs a transport without interceptors. */
export function undecodedFlowsClient(transport: Transport): UndecodedFlowsClient {
  return {
    async *stream(request, { signal, timeoutMs, headers }) {
      const input = once(create(FlowStreamRequestSchema, request));
      const answer = await transport.stream(STREAM, signal, timeoutMs, headers, input);
      for await (const { flow } of answer.message) yield flow;
    },
    async list(request, { signal, timeoutMs, headers }) {
      const answer = await transport.unary(LIST, signal, timeoutMs, headers, create(FlowListRequestSchema, request));
      const { flows, meta } = answer.message;
      return { flows, totalResults: Number(meta?.totalResults ?? flows.length) };
    },
  };
}

// oxlint-disable-next-line typescript/require-await -- an async iterable is what the transport takes
async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
