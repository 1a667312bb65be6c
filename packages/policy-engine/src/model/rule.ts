import type { Cidr } from "../net/address";
import type { SelectorNode } from "../selector/ast";
import type { Labels } from "./resource";

/** Which way a connection is judged: as it leaves its source or as it reaches its destination. */
export type Direction = "ingress" | "egress";

/** What a rule does with what it matches. */
export type RuleAction = "Allow" | "Deny" | "Log" | "Pass";

/** A selector as it was written, and parsed. */
export interface Selector {
  readonly text: string;
  readonly node: SelectorNode;
}

/** A port of a rule: a number as a range of one, or a name that each endpoint resolves for itself. */
export type Port =
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "named"; readonly name: string };

/** Service accounts that a rule matches: by name, by label, or both at once. */
export interface ServiceAccountMatch {
  readonly names: readonly string[];
  readonly selector?: Selector;
}

/** A Kubernetes service whose endpoints a rule matches; without a namespace it is the policy's own. */
export interface ServiceMatch {
  readonly name: string;
  readonly namespace?: string;
}

/** One end of a rule. Every part that is present must hold; lists that are empty are absent. */
export interface EntityRule {
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  readonly ports: readonly Port[];
  readonly notPorts: readonly Port[];
  readonly serviceAccounts?: ServiceAccountMatch;
  readonly services?: ServiceMatch;
  /** Calico Enterprise: DNS names, or wildcards such as `*.example.com`, whose observed addresses match. */
  readonly domains: readonly string[];
}

/** ICMP type and code. */
export interface IcmpMatch {
  readonly type?: number;
  readonly code?: number;
}

/** An HTTP path of a rule. */
export type HttpPath =
  { readonly kind: "exact"; readonly path: string } | { readonly kind: "prefix"; readonly path: string };

/** How the value of an HTTP header is asked for (Calico Enterprise, HTTPHeaderCriteria). */
export type HttpHeaderOperator =
  "Exists" | "DoesNotExist" | "HasPrefix" | "HasSuffix" | "In" | "NotIn" | "MatchesRegex";

/** What a rule asks of one HTTP header. */
export interface HttpHeaderMatch {
  readonly header: string;
  readonly operator: HttpHeaderOperator;
  /** Empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/** HTTP requests that a rule matches. */
export interface HttpMatch {
  readonly methods: readonly string[];
  readonly paths: readonly HttpPath[];
  readonly headers: readonly HttpHeaderMatch[];
}

/** A rule. `unknown` names what it holds that this engine does not understand: it then never decides as if it were not there. */
export interface Rule {
  readonly action: RuleAction;
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly ipVersion?: 4 | 6;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly http?: HttpMatch;
  readonly source: EntityRule;
  readonly destination: EntityRule;
  readonly annotations: Labels;
  readonly unknown: readonly string[];
}
