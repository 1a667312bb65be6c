import { create, fromBinary } from "@bufbuild/protobuf";
import type { AgentBody, ReceivedAgentBody } from "../codec";
import { EvidenceBatchSchema, FlowBatchSchema } from "../messages";

/** What an agent sent, of what a gateway received: flows as a message instead of their bytes. */
export function asSent(body: ReceivedAgentBody): AgentBody {
  if (body.case !== "evidence") return body;
  const { sequence, leaseTerm, content } = body.value;
  const sent =
    content.case === "flows"
      ? { case: content.case, value: fromBinary(FlowBatchSchema, content.value) }
      : content.case === "gap"
        ? content
        : { case: undefined };
  return { case: "evidence", value: create(EvidenceBatchSchema, { sequence, leaseTerm, content: sent }) };
}
