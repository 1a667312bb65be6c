import type { Check, Judgement } from "../finding";
import type { Observation, PermissionSeen, PermissionUse } from "../observation";

/** Missing ones beyond these are counted, not named. */
const NAMED = 6;

/** A permission as a person reads it. */
export function permissionPhrase({ verb, group, resource, namespace, name }: Omit<PermissionSeen, "allowed">): string {
  const what = group === "" ? resource : `${resource}.${group}`;
  const which = name === undefined ? "" : ` ${name}`;
  return `${verb} ${what}${which}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** RBAC rules that grant what is missing: one a group, resource and name, with all its verbs. */
export function missingRules(missing: readonly PermissionSeen[]): string {
  const rules = new Map<string, { readonly of: PermissionSeen; readonly verbs: string[] }>();
  for (const each of missing) {
    const key = [each.namespace, each.group, each.resource, each.name].join("|");
    const rule = rules.get(key) ?? { of: each, verbs: [] };
    rule.verbs.push(each.verb);
    rules.set(key, rule);
  }
  return [...rules.values()]
    .map(({ of, verbs }) =>
      [
        ...(of.namespace === undefined ? [] : [`# in a Role of the namespace ${of.namespace}`]),
        `- apiGroups: ["${of.group}"]`,
        `  resources: [${of.resource}]`,
        ...(of.name === undefined ? [] : [`  resourceNames: [${of.name}]`]),
        `  verbs: [${verbs.join(", ")}]`,
      ].join("\n"),
    )
    .join("\n");
}

interface Wanted {
  readonly all: string;
  readonly without: string;
  readonly state: "failing" | "warning";
}

const USES: Readonly<Record<PermissionUse, Wanted>> = {
  inventory: {
    all: "may read all that the inventory consists of",
    without: "what may not be read is missing from every page",
    state: "failing",
  },
  writes: {
    all: "may write policies, tiers and network sets",
    without: "policies of those kinds cannot be applied here",
    state: "failing",
  },
  goldmane: {
    all: "may read the client pair and the authority for Goldmane",
    without: "without them there are no flows",
    state: "failing",
  },
  identity: {
    all: "may keep its identity",
    without: "without that the agent must be enrolled anew at each start",
    state: "failing",
  },
  examination: {
    all: "may read what only this examination looks at",
    without: "some findings are unknown",
    state: "warning",
  },
};

function judge(seen: readonly PermissionSeen[], use: PermissionUse): Judgement {
  const { all, without, state } = USES[use];
  const asked = seen.filter((each) => each.use === use);
  const missing = asked.filter(({ allowed }) => allowed === false);
  if (asked.length === 0) return { state: "not-applicable", seen: "nothing of this is needed here" };
  if (missing.length > 0) {
    const phrases = missing.slice(0, NAMED).map(permissionPhrase);
    const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
    return {
      state,
      seen: `may not ${phrases.join("; ")}${more}`,
      advice: `apply the agent's manifest again, or add these rules: ${without}`,
      remedy: missingRules(missing),
    };
  }
  const unasked = asked.filter(({ allowed }) => allowed === "unknown").length;
  if (unasked > 0) {
    return {
      state: "unknown",
      seen: `${unasked} of ${asked.length} permissions could not be asked about`,
      advice: "let the agent create selfsubjectaccessreviews.authorization.k8s.io, as its manifest does",
    };
  }
  return { state: "ok", seen: all };
}

const check = (use: PermissionUse, title: string): Check<Observation> => ({
  id: `permissions.${use}`,
  group: "permissions",
  title,
  judge: ({ permissions }) => judge(permissions, use),
});

export const PERMISSION_CHECKS: readonly Check<Observation>[] = [
  check("inventory", "Reading the cluster"),
  check("writes", "Writing policies"),
  check("goldmane", "Reading Goldmane's certificates"),
  check("identity", "Keeping the agent's identity"),
  check("examination", "Examining the cluster"),
];
