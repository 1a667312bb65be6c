import type { Profile } from "../model/policy";
import { labelMap, type LabelMap } from "../selector/evaluate";
import type { Labels } from "../model/resource";
import type { Rule } from "../model/rule";

const NAMESPACE_PROFILE = "kns.";
const SERVICE_ACCOUNT_PROFILE = "ksa.";

/** The profile that automatic host endpoints have; every Calico holds it (libcalico-go resources, DefaultAllowProfile). */
const DEFAULT_ALLOW = "projectcalico-default-allow";

/** What a profile gives to its endpoints: labels, and rules for what the tiers leave. */
export type ProfileContent = Pick<Profile, "labelsToApply" | "ingress" | "egress">;

const ANY = { nets: [], notNets: [], ports: [], notPorts: [], domains: [] };
const ALLOW: Rule = { action: "Allow", source: ANY, destination: ANY, annotations: {}, unknown: [] };

/** The name of a namespace's profile, which allows what the tiers leave (libcalico-go conversion, NamespaceToProfile). */
export const namespaceProfile = (namespace: string): string => `${NAMESPACE_PROFILE}${namespace}`;

/** The name of a service account's profile, which has labels and no rules (ServiceAccountToProfile). */
export const serviceAccountProfile = (namespace: string, name: string): string =>
  `${SERVICE_ACCOUNT_PROFILE}${namespace}.${name}`;

const allowing: ProfileContent = { labelsToApply: {}, ingress: [ALLOW], egress: [ALLOW] };
const silent: ProfileContent = { labelsToApply: {}, ingress: [], egress: [] };

/** What a cluster's profiles are made of. */
export interface ProfileSources {
  readonly namespaces: Iterable<string>;
  readonly serviceAccounts: Iterable<{ readonly namespace: string; readonly name: string }>;
  /** Profile objects, which come before those that Calico makes. */
  readonly objects: readonly Profile[];
}

/** The profiles of a cluster by name. The labels that a pod has from its namespace and account are in `podLabels`. */
export function profilesOf({
  namespaces,
  serviceAccounts,
  objects,
}: ProfileSources): ReadonlyMap<string, ProfileContent> {
  const profiles = new Map<string, ProfileContent>([[DEFAULT_ALLOW, allowing]]);
  for (const namespace of namespaces) profiles.set(namespaceProfile(namespace), allowing);
  for (const { namespace, name } of serviceAccounts) profiles.set(serviceAccountProfile(namespace, name), silent);
  for (const profile of objects) profiles.set(profile.ref.name, profile);
  return profiles;
}

/** Labels with those of profiles beneath them: an own label hides an inherited one, an earlier profile a later (Felix, labelindex). */
export function withInherited(own: Labels, profiles: readonly (ProfileContent | undefined)[]): LabelMap {
  return labelMap(
    Object.assign({}, ...profiles.map((profile) => profile?.labelsToApply ?? {}).toReversed(), own) as Labels,
  );
}
