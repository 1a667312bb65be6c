import type { ApiClient } from "./api-client";

interface Organisation {
  readonly id: string;
  readonly kind: "ordinary" | "installation";
  readonly current: boolean;
  readonly open: boolean;
}

/** Who signs in, and by which clusters their organisation is known. */
export interface DemoOwner {
  readonly email: string;
  readonly password: string;
  readonly clusters: readonly string[];
}

/**
 * Signs in and goes to the organisation that has the clusters, else to the first that can have some: a sign-in opens the
 * organisation where the person was last, which may be that of the installation.
 */
export async function signInToClusters(api: ApiClient, { email, password, clusters }: DemoOwner): Promise<void> {
  await api.mutate("signIn.signIn", { email, password });
  const all = await api.query<readonly Organisation[]>("signIn.organisations");
  const candidates = all
    .filter(({ kind, open }) => kind === "ordinary" && open)
    .sort((a, b) => Number(b.current) - Number(a.current));
  for (const { id } of candidates) {
    await api.mutate("signIn.switchOrganisation", { id });
    const listed = await api.query<{ clusters: readonly { readonly name: string }[] }>("clusters.list");
    if (listed.clusters.some(({ name }) => clusters.includes(name))) return;
  }
  const [first] = all.filter((each) => candidates.includes(each));
  if (first !== undefined) await api.mutate("signIn.switchOrganisation", { id: first.id });
}
