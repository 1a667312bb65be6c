import { appendAudit, takeSealedManifest } from "@isthmus/db";
import type { RequestContext } from "../../../server/context";
import { openManifest, tokenHash } from "./seal";

/** What a manifest's link answers: the manifest, once, or why not, in words that tell a stranger nothing. */
export type LinkAnswer =
  { readonly kind: "manifest"; readonly text: string } | { readonly kind: "gone"; readonly message: string };

const gone: LinkAnswer = {
  kind: "gone",
  message:
    "# This link to an agent's manifest works once and not after its grant has expired.\n# Make a new grant on the cluster's page of Isthmus.\n",
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Opens the manifest behind a one-time link and throws the sealed copy away. */
export async function openManifestLink(
  { server, ip }: Pick<RequestContext, "server" | "ip">,
  { grantId, token }: { readonly grantId: string; readonly token: string },
): Promise<LinkAnswer> {
  if (!uuid.test(grantId) || !/^[A-Za-z0-9_-]{43}$/.test(token)) return gone;
  const now = server.clock.now();
  const grant = await server.database.lookups.findGrant(grantId);
  const open = grant && grant.revokedAt === null && grant.clusterDeletedAt === null && grant.expiresAt.getTime() > now;
  if (!open || grant.redemptionsUsed >= grant.redemptionsAllowed) return gone;
  const box = await server.database.forOrganisation(grant.organisationId).transaction(async (tx) => {
    const taken = await takeSealedManifest(tx, { grantId, tokenHash: tokenHash(token) });
    if (taken === undefined) return undefined;
    await appendAudit(tx, {
      actor: { kind: "system", id: null, name: "manifest link" },
      action: "grant.manifest-fetched",
      target:
        grant.clusterId === null
          ? { kind: "grant", id: grantId, name: grant.name }
          : { kind: "cluster", id: grant.clusterId, name: grant.name },
      detail: { after: { grantId } },
      ip,
      at: new Date(now),
    });
    return taken;
  });
  return box === undefined ? gone : { kind: "manifest", text: openManifest(box, token, grantId) };
}
