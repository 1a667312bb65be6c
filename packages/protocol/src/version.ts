/** Protocol versions that this package speaks, best first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** What an end may offer beside the base protocol; both must name a capability for it to be used. */
export const CAPABILITIES = ["desired-diff", "evidence-gaps", "probes", "desired-parts", "inventory-parts"] as const;

/** A capability that this package knows. */
export type Capability = (typeof CAPABILITIES)[number];

/** The best version that both ends speak (the gateway's preference decides), or undefined. */
export function chooseVersion(
  offered: readonly number[],
  spoken: readonly number[] = PROTOCOL_VERSIONS,
): number | undefined {
  return spoken.find((version) => offered.includes(version));
}

/** The capabilities that both ends named, in the order of the first list. */
export function commonCapabilities(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  return ours.filter((capability) => theirs.includes(capability));
}
