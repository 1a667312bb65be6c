import { complain, field, isPresent, type Reader } from "./reader";

/** The one field among `keys` that an object has, as ClusterNetworkPolicy's CRD asks (minProperties and maxProperties 1). */
export function onlyField<K extends string>(reader: Reader, keys: readonly K[]): K | undefined {
  const present = keys.filter((key) => isPresent(field(reader, key)));
  if (present.length > 1) {
    complain(reader, { code: "more-than-one", message: `only one of ${present.join(" and ")} is allowed` });
  }
  if (present.length === 0) {
    complain(reader, { code: "none-of", message: `one of ${keys.join(", ")} is needed` });
  }
  return present[0];
}
