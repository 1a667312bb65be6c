import { describe, expect, it } from "vitest";
import { flowIdOf, parseFlowId } from "./flow-id";

const flow = {
  clusterId: "00000000-0000-4000-8000-000000000001",
  bucket: 1_700_000_000,
  keyHash: "18446744073709551615",
  correction: 2,
  incarnation: "uid/3/é",
};

describe("flow ids", () => {
  it("come back as they were, and need no escaping", () => {
    expect(parseFlowId(flowIdOf(flow))).toEqual(flow);
    expect(flowIdOf(flow)).toMatch(/^[\w-]+$/);
  });

  it.each(["", "x", "not base64 !", Buffer.from("1/2/3").toString("base64url"), `${flowIdOf(flow)}=`])(
    "are not made of %s",
    (id) => expect(parseFlowId(id)).toBeUndefined(),
  );
});
