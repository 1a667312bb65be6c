import { z } from "zod";
import { viewInput } from "../../../view";

const id = z.uuid();
const yaml = z.string().max(256_000);
const placement = z.string().max(1_024);

export const boardInput = z.object({ view: viewInput });
export const policyView = z.object({ policyId: id, view: viewInput });
export const selectsInput = z.object({ yaml, placement });
export const saveInput = z.object({
  /** Absent for a new policy. */
  policyId: id.optional(),
  yaml,
  placement,
  comment: z.string().max(2_000).default(""),
  /** The number of the newest revision that the person saw; another one since is refused. */
  basedOn: z.number().int().min(0).optional(),
});
export const applyInput = z.object({
  policyId: id,
  revisionId: id,
  /** The clusters that the person was shown; where the selector now matches others, nothing is applied. */
  clusterIds: z.array(id).max(10_000).optional(),
  comment: z.string().max(2_000).default(""),
});
export const withdrawInput = z.object({ policyId: id, comment: z.string().max(2_000).default("") });
export const moveInput = z.object({ policyId: id, tier: z.string().min(1).max(253) });
export const tierInput = z.object({
  name: z.string().trim().max(253),
  order: z.number().min(0).max(1_000_000_000),
  defaultAction: z.enum(["Deny", "Pass"]).default("Deny"),
  description: z.string().max(500).default(""),
});

export type SaveInput = z.infer<typeof saveInput>;
export type ApplyInput = z.infer<typeof applyInput>;
export type MoveInput = z.infer<typeof moveInput>;
export type TierInput = z.infer<typeof tierInput>;
