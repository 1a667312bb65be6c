import { CORE_KINDS, type GetObject } from "@isthmus/k8s";
import type { AgentArguments } from "../../arguments";
import { readIdentity } from "../../identity/identity";
import { decoded } from "../../identity/secret-identity-store";
import type { IdentitySeen } from "../observation";
import { readOf } from "../read";

type Stored = Extract<IdentitySeen["stored"], { kind: "read" }>["value"];

/** Looks at the identity that is kept, and at the grant; changes neither. */
export async function observeIdentity(
  api: GetObject,
  given: Pick<AgentArguments, "identitySecret" | "grantId">,
  readGrant: () => Promise<Uint8Array>,
): Promise<IdentitySeen> {
  const { namespace, name } = given.identitySecret;
  const answer = await api.get(CORE_KINDS.secrets, given.identitySecret);
  const grant = await readGrant().catch(() => undefined);
  return {
    stored: readOf(answer, `get secrets ${name} in ${namespace}`, (secret) => storedIn(decoded(secret))),
    grantId: given.grantId,
    grantReadable: grant !== undefined && grant.length > 0,
    secret: `${namespace}/${name}`,
  };
}

function storedIn(data: Readonly<Record<string, string>>): Stored {
  const identity = readIdentity(data);
  if (!identity.ok) return { kind: "broken", why: identity.error };
  if (identity.value === undefined) return { kind: "empty" };
  const { credential } = identity.value;
  if (credential === undefined) return { kind: "key-alone" };
  const { id, issuedAtMs, expiresAtMs } = credential;
  return { kind: "credential", id, issuedAtMs, expiresAtMs };
}
