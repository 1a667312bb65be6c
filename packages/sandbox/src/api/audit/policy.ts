/** How much of a request is recorded. */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

/** When an event is made; a watch has all three. */
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

/** A rule of an audit policy; a list that is left out matches everything. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  /** `""` is Kubernetes' own group; `resources` may be `pods`, `pods/log`, `pods/*`, `*\/scale` or `*`. */
  readonly resources?: readonly {
    readonly group?: string;
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  /** `""` stands for what is in no namespace. */
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** `audit.k8s.io/v1` Policy. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** What a policy looks at. */
export interface AuditedRequest {
  /** Who was authenticated, before any impersonation; `undefined` where nobody was. */
  readonly user: { readonly name: string; readonly groups: readonly string[] } | undefined;
  readonly verb: string;
  readonly path: string;
  /** `undefined` for a path that is no resource. */
  readonly resource:
    | {
        readonly group: string;
        readonly plural: string;
        readonly subresource: string;
        readonly namespace: string;
        readonly name: string;
      }
    | undefined;
}

/** What a policy wants of a request. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

/**
 * The decision of the first rule that matches; nothing is recorded where none does (Kubernetes, "Auditing", and
 * `audit.k8s.io/v1` for the fields).
 */
export function decideAudit(policy: AuditPolicy, request: AuditedRequest): AuditDecision {
  const rule = policy.rules.find((each) => matches(each, request));
  return {
    level: rule?.level ?? "None",
    omitStages: [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])],
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

const isGiven = <T>(list: readonly T[] | undefined): list is readonly T[] => list !== undefined && list.length > 0;

function matches(rule: AuditRule, { user, verb, path, resource }: AuditedRequest): boolean {
  if (isGiven(rule.users) && !(user && rule.users.includes(user.name))) return false;
  if (isGiven(rule.userGroups) && !rule.userGroups.some((group) => user?.groups.includes(group))) return false;
  if (isGiven(rule.verbs) && !rule.verbs.includes(verb)) return false;
  const ofResources = isGiven(rule.resources) || isGiven(rule.namespaces);
  if (!ofResources && !isGiven(rule.nonResourceURLs)) return true;
  if (resource === undefined) return (rule.nonResourceURLs ?? []).some((url) => matchesPath(url, path));
  if (!ofResources) return false;
  if (isGiven(rule.namespaces) && !rule.namespaces.includes(resource.namespace)) return false;
  return !isGiven(rule.resources) || rule.resources.some((each) => matchesResource(each, resource));
}

function matchesPath(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}

function matchesResource(
  { group = "", resources, resourceNames }: NonNullable<AuditRule["resources"]>[number],
  asked: NonNullable<AuditedRequest["resource"]>,
): boolean {
  if (group !== asked.group) return false;
  if (isGiven(resourceNames) && !resourceNames.includes(asked.name)) return false;
  const { plural, subresource } = asked;
  const whole = subresource === "" ? plural : `${plural}/${subresource}`;
  const forms = ["*", whole, ...(subresource === "" ? [] : [`${plural}/*`, `*/${subresource}`])];
  return !isGiven(resources) || resources.some((each) => forms.includes(each));
}
