import { randomUUID } from "node:crypto";
import { createCluster, issueCredential } from "@isthmus/db";
import { generateLinkKey, type LinkKey } from "@isthmus/protocol";
import type { StackOn } from "./stack";

/** A cluster that was enrolled before. */
export interface EnrolledCluster {
  readonly clusterId: string;
  readonly clusterUid: string;
  readonly credentialId: string;
  readonly key: LinkKey;
}

/** Clusters with credentials, made at once: what many grants would have made one by one. */
export async function enrolledClusters(stack: StackOn, count: number, name: string): Promise<readonly EnrolledCluster[]> {
  const at = new Date();
  const expiresAt = new Date(at.getTime() + 86_400_000);
  const clusters = Array.from({ length: count }, () => ({
    clusterId: randomUUID(),
    clusterUid: randomUUID(),
    credentialId: randomUUID(),
    key: generateLinkKey(),
  }));
  await stack.organisation.transaction(
    async (tx) => {
      for (const [n, { clusterId, clusterUid, credentialId, key }] of clusters.entries()) {
        await createCluster(tx, { id: clusterId, name: `${name}-${n}`, labels: {}, createdBy: stack.personId, at });
        await issueCredential(tx, { clusterId, clusterUid, publicKey: key.publicKey, credentialId, at, expiresAt });
      }
    },
    { timeoutMs: 120_000 },
  );
  return clusters;
}
