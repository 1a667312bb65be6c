import { createPublicKey, randomUUID, sign, verify, type KeyObject } from "node:crypto";
import { isObject, numberOf, objectOf, stringOf, stringsOf, type JsonObject } from "../json";
import type { ObjectStore } from "../store/types";
import { serviceAccountIdentity, type Identity } from "./identity";

/** The issuer and audience of a cluster's tokens. */
export const clusterAudience = "https://kubernetes.default.svc.cluster.local";

/** What a token is asked for. */
export interface TokenWish {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expiresInSeconds: number;
  readonly boundPod?: { readonly name: string; readonly uid: string } | undefined;
}

/** A token that was accepted. */
export interface AcceptedToken {
  readonly identity: Identity;
  readonly audiences: readonly string[];
}

/** Issues and checks the service account tokens of one cluster (JWT, ES256). */
export class TokenIssuer {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #store: ObjectStore;
  readonly #now: () => number;

  /** `now` is in milliseconds since the epoch. */
  constructor(key: KeyObject, store: ObjectStore, now: () => number) {
    this.#key = key;
    this.#publicKey = createPublicKey(key);
    this.#store = store;
    this.#now = now;
  }

  /** Signs a token; `expiresAtMs` is when it ends. */
  issue(wish: TokenWish): { readonly token: string; readonly expiresAtMs: number } {
    const issuedAt = Math.floor(this.#now() / 1_000);
    const expiresAt = issuedAt + wish.expiresInSeconds;
    const claims = {
      aud: wish.audiences,
      exp: expiresAt,
      iat: issuedAt,
      nbf: issuedAt,
      iss: clusterAudience,
      jti: randomUUID(),
      sub: `system:serviceaccount:${wish.namespace}:${wish.name}`,
      "kubernetes.io": {
        namespace: wish.namespace,
        serviceaccount: { name: wish.name, uid: wish.uid },
        ...(wish.boundPod ? { pod: wish.boundPod } : {}),
      },
    };
    const head = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(head), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return { token: `${head}.${signature.toString("base64url")}`, expiresAtMs: expiresAt * 1_000 };
  }

  /** The holder of `token`, where it is ours, current, for one of `audiences`, and its account and pod still exist. */
  accept(token: string, audiences: readonly string[] = [clusterAudience]): AcceptedToken | undefined {
    const claims = this.#verified(token);
    if (!claims || !this.#current(claims)) return undefined;
    const shared = stringsOf(claims["aud"]).filter((audience) => audiences.includes(audience));
    const account = accountOf(claims);
    if (shared.length === 0 || !this.#exists("serviceaccounts", account) || !this.#boundPodExists(claims))
      return undefined;
    return { identity: serviceAccountIdentity(account), audiences: shared };
  }

  #verified(token: string): JsonObject | undefined {
    const [head = "", body = "", signature = "", ...rest] = token.split(".");
    if (rest.length > 0 || stringOf(decode(head)["alg"]) !== "ES256") return undefined;
    const bytes = Buffer.from(signature, "base64url");
    const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" } as const;
    return verify("sha256", Buffer.from(`${head}.${body}`), key, bytes) ? decode(body) : undefined;
  }

  #current(claims: JsonObject): boolean {
    const now = this.#now() / 1_000;
    return (
      claims["iss"] === clusterAudience && numberOf(claims["exp"], 0) > now && numberOf(claims["nbf"], 0) <= now + 1
    );
  }

  #boundPodExists(claims: JsonObject): boolean {
    const { namespace, pod } = objectOf(claims["kubernetes.io"]);
    if (!isObject(pod)) return true;
    return this.#exists("pods", {
      namespace: stringOf(namespace),
      name: stringOf(pod["name"]),
      uid: stringOf(pod["uid"]),
    });
  }

  #exists(resource: string, { namespace, name, uid }: { namespace: string; name: string; uid: string }): boolean {
    return this.#store.get({ resource, namespace, name })?.metadata.uid === uid;
  }
}

function accountOf(claims: JsonObject): { namespace: string; name: string; uid: string } {
  const { namespace, serviceaccount } = objectOf(claims["kubernetes.io"]);
  const { name, uid } = objectOf(serviceaccount);
  return { namespace: stringOf(namespace), name: stringOf(name), uid: stringOf(uid) };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): JsonObject {
  try {
    return objectOf(JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  } catch {
    return {};
  }
}
