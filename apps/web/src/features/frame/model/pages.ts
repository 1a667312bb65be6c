import type { Permission } from "@isthmus/access";

/** An organisation of clusters and people, or the installation, which holds neither clusters nor evidence. */
export type OrganisationKind = "ordinary" | "installation";

export type PageIcon = "overview" | "clusters" | "graph" | "flows" | "policies" | "audit" | "settings";

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
    settings,
  ],
  installation: [audit, settings],
};

const sees =
  ({ permissions }: Seeing) =>
  ({ needs }: Page): boolean =>
    needs.length === 0 || needs.some((permission) => permissions.includes(permission));

/** The pages of the rail that a person sees. */
export const railOf = (seeing: Seeing): readonly RailPage[] => rails[seeing.kind].filter(sees(seeing));

const under = (path: string, href: string): boolean =>
  href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);

/** The page of the rail that a path belongs to, seen or not. */
export function pageOf(path: string, kind: OrganisationKind): RailPage | undefined {
  const rail = rails[kind];
  return (
    rail.find(({ href }) => under(path, href)) ??
    // A page that the other kind of organisation has.
    rails[kind === "ordinary" ? "installation" : "ordinary"].find(({ href }) => under(path, href))
  );
}

/** Whether a path is of this kind of organisation at all; the settings and the start of either are. */
export const belongsTo = (path: string, kind: OrganisationKind): boolean =>
  rails[kind].some(({ href }) => under(path, href));

/** What is missing for a path: the permissions of which one would do; empty where it may be seen. */
export function missingFor(path: string, seeing: Seeing): readonly Permission[] {
  const page = pageOf(path, seeing.kind);
  return page === undefined || sees(seeing)(page) ? [] : page.needs;
}

/** Where a person starts: the first page of the rail. */
export const startOf = (seeing: Seeing): string => railOf(seeing)[0]?.href ?? "/settings";
