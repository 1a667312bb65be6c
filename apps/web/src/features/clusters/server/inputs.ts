import { z } from "zod";
import { objectTabs } from "../model/objects";

const id = z.uuid();
const labels = z
  .record(z.string().max(330), z.string().max(63))
  .refine((value) => Object.keys(value).length <= 32, "a cluster has at most 32 labels");
// Values that are put into the manifest; what each may hold is checked again when it is filled.
const word = z.string().trim().max(253);

/** What a person may choose of an agent; what is absent has a default. */
export const agentOptions = z.object({
  image: word.optional(),
  goldmaneAddress: word
    .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, "is an address such as goldmane.calico-system.svc:7443")
    .optional(),
  goldmaneTlsSecret: word.optional(),
  goldmaneCaConfigMap: word.optional(),
  /** PEM of the authority that signs the gateway's certificate. */
  caPem: z.string().max(64_000).optional(),
});

const terms = (mostRedemptions: number) =>
  z.object({
    hours: z.number().int().min(1).max(720).default(24),
    redemptions: z.number().int().min(1).max(mostRedemptions).default(1),
    /** Whether each redemption waits for a person. */
    approval: z.boolean().default(false),
  });
const usualTerms = { hours: 24, redemptions: 1, approval: false };

/** How long a grant is good, how often, and whether a person has to approve. */
export const grantTerms = terms(10);

export const clusterId = z.object({ clusterId: id });
export const connectInput = z.object({
  name: z.string().trim().max(100),
  labels: labels.default({}),
  options: agentOptions.default({}),
  grant: grantTerms.default(usualTerms),
});
export const grantInput = z.object({
  clusterId: id,
  options: agentOptions.default({}),
  grant: grantTerms.default(usualTerms),
});
export const fleetInput = z.object({
  namePrefix: z.string().trim().max(100),
  labels: labels.default({}),
  options: agentOptions.default({}),
  grant: terms(1_000).default(usualTerms),
});
export const fleetGrantInput = z.object({ grantId: id });
export const redemptionDecision = z.object({ redemptionId: id, decision: z.enum(["approve", "refuse"]) });
export const labelsInput = z.object({ clusterId: id, labels });
export const deleteInput = z.object({ clusterId: id, confirmName: z.string().max(100) });
export const objectsInput = z.object({
  clusterId: id,
  tab: z.enum(objectTabs),
  text: z.string().max(200).optional(),
  cursor: z.object({ namespace: z.string().max(253), name: z.string().max(253), kind: z.string().max(100) }).nullish(),
  limit: z.number().int().min(1).max(500).default(200),
});
export const objectInput = z.object({
  clusterId: id,
  apiVersion: z.string().max(100),
  kind: z.string().max(100),
  namespace: z.string().max(253),
  name: z.string().max(253),
});

export type AgentOptions = z.infer<typeof agentOptions>;
export type GrantTerms = z.infer<typeof grantTerms>;
export type ConnectInput = z.infer<typeof connectInput>;
export type FleetInput = z.infer<typeof fleetInput>;
export type RedemptionDecisionInput = z.infer<typeof redemptionDecision>;
export type ObjectsInput = z.infer<typeof objectsInput>;
