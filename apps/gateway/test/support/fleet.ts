import { randomUUID } from "node:crypto";
import { createCluster, issueCredential } from "@isthmus/db";
import { generateLinkKey, type LinkKey } from "@isthmus/protocol";
import { dialCredential, type StackOn } from "./stack";
import { sync } from "./state";
import type { TestAgent } from "./test-agent";

/** A cluster that was enrolled before. */
export interface EnrolledCluster {
  readonly clusterId: string;
  readonly clusterUid: string;
  readonly credentialId: string;
  readonly key: LinkKey;
}

/** Clusters with credentials, made at once: what many grants would have made one by one. */
export async function enrolledClusters(
  stack: StackOn,
  count: number,
  name: string,
): Promise<readonly EnrolledCluster[]> {
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

/**
 * Dials as agents do, until it is let in and has synced an empty inventory: where a gateway says when to come, then; else
 * soon again. What it was told goes to `told`, in ms.
 */
export async function dialUntilSynced(
  stack: StackOn,
  { port, cluster, told }: { readonly port: number; readonly cluster: EnrolledCluster; readonly told: number[] },
): Promise<TestAgent> {
  for (;;) {
    const agent = dialCredential(stack, { port, ...cluster });
    const isIn = await agent.opened().then(
      () => true,
      () => false,
    );
    if (isIn) {
      await sync(agent, [], 60_000);
      return agent;
    }
    const { closeReason } = agent;
    agent.close();
    const refused = closeReason?.kind === "refused" ? closeReason.refused : undefined;
    if (refused?.retryable === false) throw new Error(`refused as ${refused.code}`);
    if (refused?.code === "overloaded") told.push(refused.retryAfterMs);
    await new Promise((resolve) => setTimeout(resolve, refused?.retryAfterMs ?? 500));
  }
}
