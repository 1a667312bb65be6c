/** How a session was proven, as the server lists it. */
export interface ListedProof {
  readonly proof: "password" | "provider";
  readonly providerName: string | null;
  readonly secondFactor: boolean;
}

/** How somebody signed in, in words. */
export function proofWords({ proof, providerName, secondFactor }: ListedProof): string {
  if (proof === "provider") return `by ${providerName ?? "a provider that is gone"}`;
  return secondFactor ? "by password and code" : "by password";
}
