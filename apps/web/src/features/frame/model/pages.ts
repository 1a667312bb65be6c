import type { Permission } from "@isthmus/access";

/** An organisation of clusters and people, or the installation, which holds neither clusters nor evidence. */
export type OrganisationKind = "ordinary" | "installation";

export type PageIcon =
  | "overview"
  | "clusters"
  | "graph"
  | "flows"
  | "policies"
  | "access"
  | "audit"
  | "settings"
  | "organisations"
  | "sign-on";

/** A page: seen by whoever holds one of `needs` anywhere; an empty list is for everybody. */
export interface Page {
  readonly href: string;
  readonly name: string;
  readonly needs: readonly Permission[];
  /** Other words that the command palette finds it by. */
  readonly also?: string;
}

/** A page of the rail. */
export interface RailPage extends Page {
  readonly icon: PageIcon;
  /** The name where the rail has no room for it. */
  readonly short?: string;
  /** Paths that belong to it besides those under `href`. */
  readonly holds?: string;
}

/** What decides which pages there are for a person. */
export interface Seeing {
  readonly kind: OrganisationKind;
  readonly permissions: readonly Permission[];
}

const audit: RailPage = { href: "/audit", name: "Audit", icon: "audit", needs: ["audit.read"] };
const settings: RailPage = {
  href: "/settings",
  name: "Settings",
  icon: "settings",
  needs: [],
  also: "account password",
};

// A page is added here and as a folder of `app/(frame)`.
const rails: Readonly<Record<OrganisationKind, readonly RailPage[]>> = {
  ordinary: [
    { href: "/", name: "Overview", icon: "overview", needs: ["clusters.read", "flows.read"] },
    { href: "/clusters", name: "Clusters", icon: "clusters", needs: ["clusters.read"] },
    { href: "/graph", name: "Graph", icon: "graph", needs: ["flows.read"] },
    { href: "/flows", name: "Flows", icon: "flows", needs: ["flows.read"] },
    { href: "/policies", name: "Policies", icon: "policies", needs: ["policies.read", "tiers.read"] },
    audit,
    { href: "/access", name: "Access", icon: "access", needs: [] },
    settings,
  ],
  installation: [
    {
      href: "/organisations",
      name: "Organisations",
      short: "Orgs",
      icon: "organisations",
      needs: ["installation.manage"],
    },
    {
      href: "/access/sign-on",
      name: "Single sign-on",
      short: "Sign-on",
      icon: "sign-on",
      needs: ["providers.read"],
    },
    {
      href: "/access/people",
      name: "Administrators",
      short: "Admins",
      icon: "access",
      needs: [],
      holds: "/access",
    },
    audit,
    settings,
  ],
};

const people: Page = { href: "/access/people", name: "People", needs: ["members.read"], also: "members invitations" };
const bindings: Page = { href: "/access/bindings", name: "Groups and bindings", needs: ["roles.read"] };
const roles: Page = { href: "/access/roles", name: "Roles", needs: ["roles.read"], also: "permissions" };
const signOn: Page = { href: "/access/sign-on", name: "Single sign-on", needs: ["providers.read"], also: "providers" };
const tokens: Page = { href: "/access/tokens", name: "API tokens", needs: ["tokens.create", "tokens.read"] };
const why: Page = { href: "/access/why", name: "Why can I…", needs: [], also: "explain permission not" };
const organisation: Page = { href: "/access/organisation", name: "Organisation", needs: ["organisation.manage"] };

const accessAreas: Readonly<Record<OrganisationKind, readonly Page[]>> = {
  ordinary: [people, bindings, roles, signOn, tokens, why, organisation],
  installation: [{ ...people, name: "Administrators" }, bindings, roles, signOn, tokens, why],
};

/** Pages below one of the rail, which the command palette finds. */
const belowRail: Readonly<Record<OrganisationKind, readonly Page[]>> = {
  ordinary: [
    {
      href: "/clusters/connectivity",
      name: "Connectivity",
      needs: ["clusters.read"],
      also: "clusters reach routes bgp pools probes",
    },
    {
      href: "/clusters/enrolment",
      name: "Enrolment",
      needs: ["clusters.read"],
      also: "clusters fleet grants redemptions approval join signing keys",
    },
    {
      href: "/settings/storage",
      name: "Storage",
      needs: ["organisation.manage"],
      also: "retention days kept disk evidence usage",
    },
  ],
  installation: [],
};

const sees =
  ({ permissions }: Seeing) =>
  ({ needs }: Page): boolean =>
    needs.length === 0 || needs.some((permission) => permissions.includes(permission));

/** The pages of the rail that a person sees. */
export const railOf = (seeing: Seeing): readonly RailPage[] => rails[seeing.kind].filter(sees(seeing));

/** The pages inside Access that a person sees. */
export const accessAreaOf = (seeing: Seeing): readonly Page[] => accessAreas[seeing.kind].filter(sees(seeing));

/** The pages below those of the rail that a person sees. */
export const belowRailOf = (seeing: Seeing): readonly Page[] => belowRail[seeing.kind].filter(sees(seeing));

const under = (path: string, href: string): boolean =>
  href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);

/** The page of the rail that a path belongs to, seen or not. */
export function pageOf(path: string, kind: OrganisationKind): RailPage | undefined {
  const rail = rails[kind];
  return (
    rail.find(({ href }) => under(path, href)) ??
    rail.find(({ holds }) => holds !== undefined && under(path, holds)) ??
    // A page that the other kind of organisation has.
    rails[kind === "ordinary" ? "installation" : "ordinary"].find(({ href }) => under(path, href))
  );
}

/** The page inside Access that a path is. */
export const accessPageOf = (path: string, kind: OrganisationKind): Page | undefined =>
  accessAreas[kind].find(({ href }) => under(path, href));

/** The page below one of the rail that a path is. */
const belowPageOf = (path: string, kind: OrganisationKind): Page | undefined =>
  belowRail[kind].find(({ href }) => under(path, href));

/** Whether a path is of this kind of organisation at all; the settings and the start of either are. */
export function belongsTo(path: string, kind: OrganisationKind): boolean {
  if (under(path, "/access")) return path === "/access" || accessPageOf(path, kind) !== undefined;
  const below = belowPageOf(path, "ordinary") ?? belowPageOf(path, "installation");
  return rails[kind].some(({ href }) => under(path, href)) && (below === undefined || belowRail[kind].includes(below));
}

/** The same page of another organisation: what of the first a path names is not there. Its start, where there is no such page. */
export const placeElsewhere = (path: string, kind: OrganisationKind): string =>
  belongsTo(path, kind) ? ((accessPageOf(path, kind) ?? pageOf(path, kind))?.href ?? "/") : "/";

/** What is missing for a path: the permissions of which one would do; empty where it may be seen. */
export function missingFor(path: string, seeing: Seeing): readonly Permission[] {
  const page = accessPageOf(path, seeing.kind) ?? belowPageOf(path, seeing.kind) ?? pageOf(path, seeing.kind);
  return page === undefined || sees(seeing)(page) ? [] : page.needs;
}

/** Where a person starts: the first page of the rail. */
export const startOf = (seeing: Seeing): string => railOf(seeing)[0]?.href ?? "/settings";
