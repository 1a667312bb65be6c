import type { Interceptor } from "@connectrpc/connect";
import type { FlowKey, FlowListResult, FlowResult } from "./gen/goldmane/goldmane_pb";

/** What Felix writes into a name, namespace or service of a flow where there is none; it is a value on the wire. */
export const NOT_INCLUDED = "-";

const FIELDS = [
  "sourceName",
  "sourceNamespace",
  "destName",
  "destNamespace",
  "destServiceName",
  "destServiceNamespace",
  "destServicePortName",
] as const satisfies readonly (keyof FlowKey)[];

/** Empties the placeholders of a key in its place. */
export function emptyKeyPlaceholders(key: FlowKey): FlowKey {
  for (const field of FIELDS) if (key[field] === NOT_INCLUDED) key[field] = "";
  return key;
}

function withoutPlaceholders(result: FlowResult): FlowResult {
  if (result.flow?.Key !== undefined) emptyKeyPlaceholders(result.flow.Key);
  return result;
}

async function* eachWithout(results: AsyncIterable<unknown>): AsyncGenerator<FlowResult> {
  // INVARIANT: the caller checked the method; Flows.Stream sends FlowResult.
  for await (const result of results as AsyncIterable<FlowResult>) yield withoutPlaceholders(result);
}

/** Lets callers of the client see "" where Felix wrote its placeholder, as fields of protobuf say "nothing". */
export const emptyPlaceholders: Interceptor = (next) => async (request) => {
  const response = await next(request);
  if (request.service.typeName !== "goldmane.Flows") return response;
  if (response.stream) {
    return response.method.name === "Stream" ? { ...response, message: eachWithout(response.message) } : response;
  }
  // INVARIANT: Flows.List answers with FlowListResult.
  if (response.method.name === "List")
    (response.message as unknown as FlowListResult).flows.forEach(withoutPlaceholders);
  return response;
};
