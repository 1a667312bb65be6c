import { z } from "zod";

const id = z.uuid();

export const pairInput = z.object({ from: id, to: id });
export const manifestInput = z.object({ image: z.string().max(253).optional() }).default({});
export const probesInput = z.object({ clusterId: id, enabled: z.boolean() });
/** Which of a pair's cures is approved, and its digest as the page showed it. */
export const cureInput = pairInput.extend({
  clusterId: id,
  kind: z.enum(["IPPool", "BGPPeer"]),
  name: z.string().min(1).max(253),
  digest: z.string().length(64),
});

export type PairInput = z.infer<typeof pairInput>;
export type ProbesInput = z.infer<typeof probesInput>;
export type CureInput = z.infer<typeof cureInput>;
