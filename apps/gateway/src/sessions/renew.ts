import { appendAudit, issueCredential, useRenewedCredential } from "@isthmus/db";
import { keyId } from "@isthmus/protocol";
import { untilStored, withLease, type LaneContext } from "../lanes/lane";
import { credentialMessage } from "./admit";
import { CREDENTIAL_LIFETIME_MS } from "./admission";

/** Issues a new credential under the key that the session proved; the former one stays good until it expires. */
export async function renewCredential(lane: LaneContext): Promise<void> {
  const { owner, session } = lane;
  const at = new Date(session.clock.now());
  const expiresAt = new Date(at.getTime() + CREDENTIAL_LIFETIME_MS);
  const { clusterId, clusterName, clusterUid, publicKey } = owner;
  const credential = await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      const credentialId = session.newId();
      const issued = await issueCredential(tx, { clusterId, clusterUid, publicKey, credentialId, at, expiresAt });
      await useRenewedCredential(tx, { ...owner, credentialId });
      await appendAudit(tx, {
        actor: { kind: "agent", id: keyId(publicKey), name: clusterName },
        action: "cluster.renew-credential",
        target: { kind: "cluster", id: clusterId, name: clusterName },
        detail: { after: { credential: credentialId, expiresAt: expiresAt.toISOString() } },
        at,
      });
      return issued;
    }),
  );
  lane.send({ case: "credential", value: credentialMessage(credential) });
}
