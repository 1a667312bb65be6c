import type { Access, Box } from "@isthmus/access";
import type { Reach } from "@isthmus/db";

const isUnlimited = ({ clusters, namespaces, tiers }: Box): boolean =>
  clusters === "all" && namespaces === "all" && tiers === "all";

/** What reads are narrowed to by what may be read; undefined where nothing is. */
export function reachOf(access: Access): Reach | undefined {
  const reach: Reach = {
    clusters: access.clusters("clusters.read"),
    inventory: access.places("inventory.read"),
    publications: access.places("publications.read"),
    tiers: access.tiers("tiers.read"),
    policies: access.boxes("policies.read"),
  };
  const { policies, ...rest } = reach;
  const whole = Object.values(rest).every((part) => part === "all") && policies.some(isUnlimited);
  return whole ? undefined : reach;
}
