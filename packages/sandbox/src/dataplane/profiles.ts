import { objectOf, objectsOf, stringMapOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { lowerRule } from "./lower-rule";
import type { Profile, Rule } from "./model";
import { NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX, type Labels } from "./selector";

const NAME_LABEL = "projectcalico.org/name";
const ANYTHING: readonly Rule[] = [{ action: "allow", source: {}, destination: {} }];

/** What Calico always has, for host endpoints that shall allow what no policy speaks of (libcalico-go, DefaultAllowProfile). */
const DEFAULT_ALLOW: Profile = {
  name: "projectcalico-default-allow",
  labels: new Map(),
  ingress: ANYTHING,
  egress: ANYTHING,
};

/** The name of the profile that stands for a namespace. */
export const namespaceProfile = (namespace: string): string => `kns.${namespace}`;

/** The name of the profile that stands for a service account. */
export const accountProfile = (namespace: string, name: string): string => `ksa.${namespace}.${name}`;

/** A namespace as a profile: its labels with `pcns.` before them, and rules that allow (libcalico-go, NamespaceToProfile). */
function profileOfNamespace(namespace: KubeObject): Profile {
  const name = namespaceProfile(namespace.metadata.name);
  return { name, labels: prefixedLabels(namespace, NAMESPACE_PREFIX), ingress: ANYTHING, egress: ANYTHING };
}

/** A service account as a profile: labels with `pcsa.` before them, and no rules (libcalico-go, ServiceAccountToProfile). */
function profileOfAccount(account: KubeObject): Profile {
  const name = accountProfile(account.metadata.namespace ?? "", account.metadata.name);
  return { name, labels: prefixedLabels(account, SERVICE_ACCOUNT_PREFIX), ingress: [], egress: [] };
}

function prefixedLabels(object: KubeObject, prefix: string): Labels {
  const labels = Object.entries(object.metadata.labels ?? {}).map(([k, v]): [string, string] => [prefix + k, v]);
  return new Map([...labels, [prefix + NAME_LABEL, object.metadata.name]]);
}

/** Lowers a Profile; its rules belong to no namespace. Throws NotProgrammable. */
export function lowerProfile(object: KubeObject): Profile {
  const spec = objectOf(object["spec"]);
  return {
    name: object.metadata.name,
    labels: new Map(Object.entries(stringMapOf(valueAt(spec, "labelsToApply")))),
    ingress: objectsOf(spec["ingress"]).map((rule) => lowerRule(rule, undefined)),
    egress: objectsOf(spec["egress"]).map((rule) => lowerRule(rule, undefined)),
  };
}

/** Where profiles come from. */
export interface ProfileSources {
  readonly namespaces: readonly KubeObject[];
  readonly serviceAccounts: readonly KubeObject[];
  readonly written: readonly Profile[];
}

const known = new WeakMap<KubeObject, Profile>();

/** The same object gives the same profile, so that endpoints know whether theirs have changed. */
function remembered(object: KubeObject, lower: (object: KubeObject) => Profile): Profile {
  const profile = known.get(object) ?? lower(object);
  known.set(object, profile);
  return profile;
}

/** All profiles by name. */
export function collectProfiles({
  namespaces,
  serviceAccounts,
  written,
}: ProfileSources): ReadonlyMap<string, Profile> {
  const all = [
    DEFAULT_ALLOW,
    ...written,
    ...namespaces.map((namespace) => remembered(namespace, profileOfNamespace)),
    ...serviceAccounts.map((account) => remembered(account, profileOfAccount)),
  ];
  return new Map(all.map((profile) => [profile.name, profile]));
}

/** Labels as selectors see them: an endpoint's own, then those of its profiles, the first that has one (felix/labelindex). */
export function inheritLabels(own: Labels, profiles: readonly string[], known: ReadonlyMap<string, Profile>): Labels {
  const inherited = profiles.toReversed().flatMap((name) => [...(known.get(name)?.labels ?? [])]);
  return new Map([...inherited, ...own]);
}
