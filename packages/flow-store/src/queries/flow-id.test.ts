import { describe, expect, it } from "vitest";
import { createFlowIds } from "./flow-id";

const flow = {
  clusterId: "00000000-0000-4000-8000-000000000001",
  bucket: 1_700_000_000,
  keyHash: "18446744073709551615",
  correction: 2,
  incarnation: "uid/3/é",
};
const { idOf, parse } = createFlowIds("secret");

describe("flow ids", () => {
  it("come back as they were, need no escaping, and are the same every time", () => {
    expect(parse(idOf(flow))).toEqual(flow);
    expect(idOf(flow)).toMatch(/^[\w-]+$/);
    expect(createFlowIds("secret").idOf(flow)).toBe(idOf(flow));
  });

  it("tell nothing to who has not the secret", () => {
    const bytes = Buffer.from(idOf(flow), "base64url").toString("latin1");
    for (const part of [flow.keyHash, flow.clusterId, `${flow.bucket}`]) expect(bytes).not.toContain(part);
    expect(createFlowIds("another").parse(idOf(flow))).toBeUndefined();
    expect(createFlowIds("another").idOf(flow)).not.toBe(idOf(flow));
  });

  it("are not what somebody changed", () => {
    const bytes = Buffer.from(idOf(flow), "base64url");
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(parse(changed.toString("base64url"))).toBeUndefined();
    }
  });

  it.each(["", "x", "not base64 !", Buffer.from("1/2/3").toString("base64url"), `${idOf(flow)}=`])(
    "are not made of %s",
    (id) => expect(parse(id)).toBeUndefined(),
  );
});
