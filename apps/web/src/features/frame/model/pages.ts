/** Pages of the rail, in its order. A page is added here and as a folder of `app/(frame)`. */
export const pages = [
  { href: "/", name: "Overview", icon: "overview" },
  { href: "/clusters", name: "Clusters", icon: "clusters" },
  { href: "/graph", name: "Graph", icon: "graph" },
  { href: "/flows", name: "Flows", icon: "flows" },
  { href: "/policies", name: "Policies", icon: "policies" },
  { href: "/audit", name: "Audit", icon: "audit" },
  { href: "/settings", name: "Settings", icon: "settings" },
] as const;

export type Page = (typeof pages)[number];
export type PageIcon = Page["icon"];

/** The page that a path belongs to. */
export function pageOf(path: string): Page | undefined {
  return pages.find(({ href }) => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`)));
}
