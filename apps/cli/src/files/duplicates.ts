import type { Finding } from "../report/finding";
import { manifestName, shownName } from "./manifest-head";
import { placeOf } from "./position";
import type { Manifest } from "./source";

/** Objects of one group and kind are told apart by namespace and name, whatever version of the group they are written in. */
function identity({ value, cluster }: Manifest): string | undefined {
  const { apiVersion, kind, namespace, name } = manifestName(value);
  if (kind === "" || name === "") return undefined;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return JSON.stringify([cluster, group, kind, namespace === "" ? "default" : namespace, name]);
}

/** Objects that stand twice in one cluster: which of the two counts would depend on the order of files. */
export function duplicates(manifests: readonly Manifest[]): readonly Finding[] {
  const first = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const key = identity(manifest);
    const earlier = key === undefined ? undefined : first.get(key);
    if (key !== undefined && !earlier) first.set(key, manifest);
    if (!earlier) return [];
    const object = shownName(manifestName(manifest.value));
    const finding: Finding = {
      code: "duplicate",
      severity: "error",
      message: `\`${object}\` is here a second time${manifest.cluster === "" ? "" : ` in cluster \`${manifest.cluster}\``}`,
      at: { kind: "text", place: placeOf(manifest, ["metadata", "name"]) },
      hint: "remove one of the two",
      related: { message: "the first one is here", place: placeOf(earlier, ["metadata", "name"]) },
    };
    return [finding];
  });
}
