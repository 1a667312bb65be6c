import { err, ok, type Result } from "@isthmus/std";
import { CORE_KINDS, recordAt, type GetObject, type KubeError, type KubeObject, type WriteObjects } from "@isthmus/k8s";
import type { NamedObject } from "../arguments";
import { newIdentity, readIdentity, writeIdentity, type Identity } from "./identity";

/** Why an identity could not be read or kept; `message` says what to do. */
export interface IdentityError {
  readonly message: string;
  readonly retryable: boolean;
}

/** Keeps the agent's identity where a restarted pod finds it. */
export interface IdentityStore {
  /** The identity that is kept, or a new one, which is kept before this resolves. */
  load(): Promise<Result<Identity, IdentityError>>;
  keep(identity: Identity): Promise<Result<void, IdentityError>>;
}

/** An identity store in a Secret, which the manifest makes and the agent fills. */
export function secretIdentityStore(
  api: GetObject & Pick<WriteObjects, "create" | "update">,
  at: NamedObject,
): IdentityStore {
  const read = (): ReturnType<GetObject["get"]> => api.get(CORE_KINDS.secrets, at);
  const keep = async (identity: Identity): Promise<Result<void, IdentityError>> => {
    const found = await read();
    if (!found.ok && found.error.code !== "not-found") return refused("read", at, found.error);
    const secret = filled(found.ok ? found.value : emptySecret(at), identity);
    const answer = await (found.ok ? api.update(CORE_KINDS.secrets, secret) : api.create(CORE_KINDS.secrets, secret));
    return answer.ok ? ok(undefined) : refused("write", at, answer.error);
  };
  return {
    keep,
    async load() {
      const found = await read();
      if (!found.ok && found.error.code !== "not-found") return refused("read", at, found.error);
      const stored = found.ok ? readIdentity(decoded(found.value)) : ok(undefined);
      if (!stored.ok) return err({ message: `Secret ${at.namespace}/${at.name}: ${stored.error}`, retryable: false });
      if (stored.value !== undefined) return ok(stored.value);
      // Kept before it is used: a key that a grant was redeemed for must not be lost.
      const identity = newIdentity();
      const kept = await keep(identity);
      return kept.ok ? ok(identity) : kept;
    },
  };
}

function refused(verb: string, at: NamedObject, error: KubeError): Result<never, IdentityError> {
  const cure = error.code === "forbidden" ? "; apply the agent's manifest again, it grants this" : "";
  const message = `cannot ${verb} Secret ${at.namespace}/${at.name}: ${error.message}${cure}`;
  return err({ message, retryable: true });
}

function emptySecret({ namespace, name }: NamedObject): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, type: "Opaque" };
}

function filled(secret: KubeObject, identity: Identity): KubeObject {
  const written = Object.entries(writeIdentity(identity));
  const data = Object.fromEntries(written.map(([field, text]) => [field, Buffer.from(text).toString("base64")]));
  return { ...secret, data: { ...recordAt(secret, "data"), ...data } };
}

/** A Secret's data as text. */
export function decoded(secret: KubeObject): Readonly<Record<string, string>> {
  const entries = Object.entries(recordAt(secret, "data"));
  return Object.fromEntries(
    entries.flatMap(([field, value]) =>
      typeof value === "string" ? [[field, Buffer.from(value, "base64").toString("utf8")]] : [],
    ),
  );
}
