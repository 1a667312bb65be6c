import { expect, test } from "vitest";
import { cameTrue } from "./came-true";

const pool = (name: string, spec: object, kind = "IPPool") => ({ kind, metadata: { name }, spec });
const approved = pool("remote", { cidr: "10.2.0.0/16", disabled: true, natOutgoing: false });

test.each([
  { name: "the same", held: pool("remote", { cidr: "10.2.0.0/16", disabled: true, natOutgoing: false }), is: true },
  {
    name: "more than was asked",
    held: pool("remote", { cidr: "10.2.0.0/16", disabled: true, blockSize: 26 }),
    is: true,
  },
  { name: "another range", held: pool("remote", { cidr: "10.3.0.0/16", disabled: true }), is: false },
  { name: "a pool that is not disabled", held: pool("remote", { cidr: "10.2.0.0/16" }), is: false },
  { name: "another name", held: pool("other", { cidr: "10.2.0.0/16", disabled: true }), is: false },
  { name: "another kind", held: pool("remote", { cidr: "10.2.0.0/16", disabled: true }, "BGPPeer"), is: false },
])("a cluster that holds $name: $is", ({ held, is }) => expect(cameTrue(approved, [held])).toBe(is));
