/** Who makes a request. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A request that shows nothing. */
export const anonymous: Identity = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** The identity of a service account. */
export function serviceAccountIdentity(account: {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}): Identity {
  const { namespace, name, uid } = account;
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}
