import { z } from "zod";
import { moment } from "../endpoint";

/** What is answered once to whoever makes a grant. */
export const shownGrant = {
  grantId: z.uuid(),
  expiresAt: moment,
  manifest: z.string().describe("The agent's manifest with the grant's secret, this once."),
  manifestUrl: z.url().describe("Gives the manifest once, for `kubectl apply -f`."),
};

/** How long a grant is good, how often, and whether a person has to approve. */
export const grantTerms = (mostRedemptions: number) =>
  z
    .strictObject({
      hours: z.int().min(1).max(720).default(24),
      redemptions: z.int().min(1).max(mostRedemptions).default(1),
      approval: z.boolean().default(false).describe("Whether each redemption waits until a person has approved it."),
    })
    .default({ hours: 24, redemptions: 1, approval: false });

/** What the agent is started with; what is absent has a default. */
export const agentOptions = z
  .strictObject({
    image: z.string().max(253).optional(),
    goldmaneAddress: z.string().max(253).optional(),
    goldmaneTlsSecret: z.string().max(253).optional(),
    goldmaneCaConfigMap: z.string().max(253).optional(),
    caPem: z.string().max(64_000).optional(),
  })
  .default({});
