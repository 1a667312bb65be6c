/** The longest that a name may begin with: with a hyphen and a whole UID it stays a DNS label. */
export const NAME_PREFIX_MAX = 30;

/**
 * Names for a cluster that comes by a grant for a fleet, best first: the prefix with the first 8 digits of its UID, then
 * with more of them, then numbered. Each is a DNS label where the prefix is one of at most NAME_PREFIX_MAX characters.
 */
export function* fleetNames(prefix: string, clusterUid: string): Generator<string> {
  const digits = clusterUid
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
    .slice(0, 32);
  const lengths = [8, 12, 20, 32].filter((length, index) => index === 0 || digits.length > length - 4);
  if (digits !== "") for (const length of lengths) yield `${prefix}-${digits.slice(0, length)}`;
  const base = digits === "" ? prefix : `${prefix}-${digits.slice(0, 8)}`;
  for (let number = 2; ; number += 1) yield `${base}-${number}`;
}
