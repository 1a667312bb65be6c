import { formatAddress } from "../dataplane/address";
import type { Program } from "./program";

const REQUEST = /^isthmus-probe\/1 ([0-9a-f]{32})$/u;

/** A probe pod of deploy/agent/probe.yaml: it answers a nonce with the address that it sees the question come from. */
export const probeProgram: Program = {
  serve: async () => "refused",
  converse: (line, peer) => {
    const nonce = REQUEST.exec(line)?.[1];
    return nonce === undefined ? undefined : `isthmus-probe/1 ${nonce} ${formatAddress(peer)}\n`;
  },
};
