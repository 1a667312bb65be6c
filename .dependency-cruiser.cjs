/**
 * Who may import whom (docs/ARCHITECTURE.md, "Places"). Every rule is an error; there is no baseline.
 * `scripts/boundaries.test.mjs` plants violations and expects each to be caught.
 */
const allowed = {
  "apps/web": [
    "packages/access",
    "packages/audit",
    "packages/protocol",
    "packages/policy-engine",
    "packages/db",
    "packages/flow-filter",
    "packages/flow-store",
    "packages/std",
  ],
  "apps/gateway": ["packages/protocol", "packages/policy-engine", "packages/db", "packages/flow-store", "packages/std"],
  "apps/agent": [
    "packages/protocol",
    "packages/k8s",
    "packages/policy-engine",
    "packages/goldmane-api",
    "packages/std",
  ],
  "apps/standalone": ["packages/std"],
  "apps/cli": [
    "packages/policy-engine",
    "packages/audit",
    "packages/conformance",
    "packages/k8s",
    "packages/sandbox",
    "packages/std",
  ],
  "packages/policy-engine": ["packages/std"],
  "packages/access": ["packages/policy-engine", "packages/std"],
  "packages/audit": ["packages/policy-engine", "packages/std"],
  "packages/protocol": ["packages/std"],
  "packages/goldmane-api": ["packages/std"],
  "packages/conformance": ["packages/goldmane-api", "packages/k8s"],
  "packages/k8s": ["packages/policy-engine", "packages/std"],
  "packages/db": ["packages/audit", "packages/policy-engine", "packages/std"],
  "packages/flow-filter": ["packages/std"],
  "packages/flow-store": ["packages/flow-filter", "packages/std"],
  "packages/sandbox": ["packages/policy-engine/src/selector", "packages/goldmane-api", "packages/std"],
  "packages/std": [],
};

/** Single files that a place may import besides: the embedded servers that standalone supervises, and their backups. */
const besides = {
  "apps/standalone": [
    "packages/db/src/backup",
    "packages/db/src/embedded-postgres",
    "packages/flow-store/src/backup",
    "packages/sandbox/src/kubectl",
  ],
};

const source = (place) => `^${place}/src/`;
const shipped = "\\.test\\.tsx?$|/testing/|/testing\\.ts$";

const placeRules = Object.entries(allowed).map(([place, targets]) => ({
  name: `places-${place.replace("/", "-")}`,
  comment: `${place} may import only: ${targets.join(", ") || "nothing"}`,
  severity: "error",
  from: { path: source(place), pathNot: shipped },
  to: {
    path: "^(apps|packages)/",
    pathNot: [`^${place}/`, ...targets.map((t) => `^${t}/`), ...(besides[place] ?? []).map((t) => `^${t}[./]`)],
  },
}));

const only = (name, comment, ...[from, to]) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    ...placeRules,
    only("no-import-of-an-app", "nothing imports an app", { path: "^packages/" }, { path: "^apps/" }),
    only(
      "no-cycles",
      "no import cycles; a cycle that a type alone closes does not exist when the code runs",
      { path: "^(apps|packages)/" },
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    only(
      "engine-is-pure",
      "the policy engine uses std and @noble/hashes alone",
      { path: source("packages/policy-engine"), pathNot: shipped },
      { path: ["^node_modules/"], pathNot: ["^node_modules/@noble/hashes/"] },
    ),
    only(
      "engine-has-no-node",
      "the policy engine uses no Node built-in",
      { path: source("packages/policy-engine"), pathNot: shipped },
      { dependencyTypes: ["core"] },
    ),
    only(
      "access-is-pure",
      "access uses the policy engine and std alone",
      { path: source("packages/access"), pathNot: shipped },
      { path: "^node_modules/" },
    ),
    only(
      "access-has-no-node",
      "access uses no Node built-in",
      { path: source("packages/access"), pathNot: shipped },
      { dependencyTypes: ["core"] },
    ),
    only(
      "audit-is-pure",
      "audit uses the policy engine and std alone",
      { path: source("packages/audit"), pathNot: shipped },
      { path: "^node_modules/" },
    ),
    only(
      "audit-has-no-node",
      "audit uses no Node built-in",
      { path: source("packages/audit"), pathNot: shipped },
      { dependencyTypes: ["core"] },
    ),
    only(
      "flow-filter-is-pure",
      "the filter language uses std alone",
      { path: source("packages/flow-filter"), pathNot: shipped },
      { path: "^node_modules/" },
    ),
    only(
      "flow-filter-has-no-node",
      "the filter language runs in the browser too: it uses no Node built-in",
      { path: source("packages/flow-filter"), pathNot: shipped },
      { dependencyTypes: ["core"] },
    ),
    only(
      "std-has-no-dependency",
      "std imports nothing",
      { path: source("packages/std"), pathNot: shipped },
      { path: "^node_modules/" },
    ),
    only(
      "sandbox-shares-only-the-parser",
      "the sandbox's dataplane is an independent witness: of the engine it may use the selector's syntax alone",
      { path: source("packages/sandbox") },
      {
        path: "^packages/policy-engine/",
        pathNot: "^packages/policy-engine/src/selector/(syntax|lexer|parser|token|tokens|ast|diagnostics?)\\.ts$",
      },
    ),
    only(
      "one-clickhouse-client",
      "one file imports the ClickHouse client",
      { path: "^(apps|packages)/[^/]+/src/", pathNot: "^packages/flow-store/src/clickhouse-client\\.ts$" },
      { path: "^node_modules/@clickhouse/" },
    ),
    only(
      "prisma-stays-in-db",
      "Prisma types stay in db",
      { path: "^(apps|packages)/[^/]+/src/", pathNot: "^packages/db/" },
      { path: ["^node_modules/(@prisma|prisma|pg)/", "^packages/db/src/generated/"] },
    ),
    only(
      "kubernetes-client-stays-in-k8s",
      "Kubernetes client types stay in k8s",
      { path: "^(apps|packages)/[^/]+/src/", pathNot: "^packages/k8s/" },
      { path: "^node_modules/@kubernetes/" },
    ),
    only(
      "features-through-their-index",
      "a feature of the web app imports another only through its index",
      { path: "^apps/web/src/features/([^/]+)/" },
      {
        path: "^apps/web/src/features/([^/]+)/.+",
        pathNot: ["^apps/web/src/features/$1/", "^apps/web/src/features/[^/]+/(index|server/index)\\.ts$"],
      },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^(apps|packages)/[^/]+/(dist|\\.next)/", "^(apps|packages)/.*\\.d\\.ts$"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
    },
  },
};
