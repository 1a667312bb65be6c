import { z } from "zod";
import { endpoint, listOf, moment, pageOf, paging, type App, type Endpoint } from "../endpoint";

const tier = z
  .object({
    id: z.uuid(),
    name: z.string(),
    order: z.number(),
    defaultAction: z.string(),
    description: z.string(),
  })
  .meta({ id: "Tier" });

const policy = z
  .object({
    id: z.uuid(),
    tier: z.string(),
    kind: z.enum(["NetworkPolicy", "GlobalNetworkPolicy"]),
    namespace: z.string().describe("Empty for a GlobalNetworkPolicy."),
    name: z.string(),
    mode: z.enum(["enforced", "draft", "withdrawn"]),
    newestRevision: z.number().int().nullable(),
    appliedRevision: z.number().int().nullable(),
  })
  .meta({ id: "Policy" });

const revision = z
  .object({
    id: z.uuid(),
    number: z.number().int(),
    yaml: z.string(),
    placement: z.string().describe("The selector of clusters."),
    digest: z.string().describe("SHA-256 of the canonical manifest."),
    comment: z.string(),
    author: z.string(),
    createdAt: moment,
  })
  .meta({ id: "Revision" });

const wholePolicy = policy
  .extend({
    revisions: z.array(revision).describe("Newest first."),
    appliedTo: z.array(z.uuid()).describe("Ids of the clusters that the applied revision is approved for."),
    states: z.array(z.object({ clusterId: z.uuid(), state: z.string(), message: z.string() })),
  })
  .meta({ id: "PolicyWithRevisions" });

const saved = z
  .object({ policyId: z.uuid(), revisionId: z.uuid(), number: z.number().int() })
  .meta({ id: "SavedRevision" });

const everything = { scope: "", range: "1h" };
const policyId = z.uuid();
const text = {
  yaml: z.string().max(256_000).describe("The Calico policy as YAML; its name begins with its tier's."),
  placement: z.string().max(1_024).describe("A selector of clusters, by their labels and `name`."),
  comment: z.string().max(2_000).default(""),
};

async function board(app: App) {
  const { tiers } = await app.policies.board({ view: everything });
  return tiers;
}

const shownPolicies = ({ name, policies }: Awaited<ReturnType<typeof board>>[number]) =>
  policies.map(({ newestNumber, appliedNumber, ...rest }) => ({
    ...rest,
    tier: name,
    newestRevision: newestNumber,
    appliedRevision: appliedNumber,
  }));

async function whole(app: App, id: string) {
  const found = await app.policies.get({ policyId: id, view: everything });
  const newest = found.applications[0];
  return {
    ...found,
    tier: found.tier.name,
    newestRevision: found.newestNumber,
    appliedRevision: found.appliedNumber,
    revisions: found.revisions.map(({ manifestYaml, placementSelector, ...rest }) => ({
      ...rest,
      yaml: manifestYaml,
      placement: placementSelector,
    })),
    appliedTo: newest?.action === "apply" ? newest.clusterIds : [],
  };
}

/** Tiers, and policies with their revisions. */
export const policyEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/tiers",
    id: "listTiers",
    tag: "Tiers",
    summary: "Tiers within the token's reach",
    input: z.strictObject(paging),
    output: listOf(tier),
    run: async (app, input) => pageOf(await board(app), input),
  }),
  endpoint({
    method: "POST",
    path: "/tiers",
    id: "createTier",
    tag: "Tiers",
    summary: "Make a tier; 409 where the name or order is taken",
    input: z.strictObject({
      name: z.string().max(253),
      order: z.number().min(0).max(1_000_000_000),
      defaultAction: z.enum(["Deny", "Pass"]).default("Deny"),
      description: z.string().max(500).default(""),
    }),
    output: z.object({ id: z.uuid() }),
    status: 201,
    run: async (app, input) => ({ id: (await app.tiers.create(input)).tierId }),
  }),
  endpoint({
    method: "GET",
    path: "/policies",
    id: "listPolicies",
    tag: "Policies",
    summary: "Policies within the token's reach",
    input: z.strictObject(paging),
    output: listOf(policy),
    run: async (app, input) => {
      return pageOf((await board(app)).flatMap(shownPolicies), input);
    },
  }),
  endpoint({
    method: "POST",
    path: "/policies",
    id: "createPolicy",
    tag: "Policies",
    summary: "Save the first revision of a policy; nothing is applied. 409 where there is one of this name",
    input: z.strictObject(text),
    output: saved,
    status: 201,
    run: (app, input) => app.policies.saveRevision(input),
  }),
  endpoint({
    method: "GET",
    path: "/policies/{policyId}",
    id: "getPolicy",
    tag: "Policies",
    summary: "One policy with its revisions and its state in each cluster",
    input: z.strictObject({ policyId }),
    output: wholePolicy,
    run: (app, input) => whole(app, input.policyId),
  }),
  endpoint({
    method: "POST",
    path: "/policies/{policyId}/revisions",
    id: "saveRevision",
    tag: "Policies",
    summary: "Save another revision; nothing is applied. 412 where `basedOn` is not the newest any more",
    input: z.strictObject({ policyId, ...text, basedOn: z.int().min(0).optional() }),
    output: saved,
    status: 201,
    run: (app, { basedOn, ...input }) =>
      app.policies.saveRevision(basedOn === undefined ? input : { ...input, basedOn }),
  }),
  endpoint({
    method: "POST",
    path: "/policies/{policyId}/apply",
    id: "applyRevision",
    tag: "Policies",
    summary:
      "Approve exactly this revision for the clusters that its placement matches now; 412 where those are not `clusterIds`",
    input: z.strictObject({
      policyId,
      revisionId: z.uuid(),
      clusterIds: z.array(z.uuid()).max(10_000).optional(),
      comment: z.string().max(2_000).default(""),
    }),
    output: z.object({ applicationId: z.string(), clusterIds: z.array(z.uuid()) }),
    run: (app, { clusterIds, ...input }) =>
      app.policies.applyRevision(clusterIds === undefined ? input : { ...input, clusterIds }),
  }),
  endpoint({
    method: "POST",
    path: "/policies/{policyId}/withdraw",
    id: "withdrawPolicy",
    tag: "Policies",
    summary: "Withdraw a policy from every cluster; its revisions stay",
    input: z.strictObject({ policyId, comment: z.string().max(2_000).default("") }),
    output: z.object({ applicationId: z.string() }),
    run: (app, input) => app.policies.withdraw(input),
  }),
];
