/** Imports that must be refused, each with the rule that refuses it. They exist only while the canary runs. */
export const plantedViolations = [
  {
    file: "packages/policy-engine/src/planted-canary.ts",
    code: 'import { readFileSync } from "node:fs";\nexport const planted = readFileSync;\n',
    rule: "engine-has-no-node",
  },
  {
    file: "packages/access/src/planted-canary.ts",
    code: 'import { randomUUID } from "node:crypto";\nexport const planted = randomUUID;\n',
    rule: "access-has-no-node",
  },
  {
    file: "packages/audit/src/planted-canary.ts",
    code: 'import { createHash } from "node:crypto";\nexport const planted = createHash;\n',
    rule: "audit-has-no-node",
  },
  {
    file: "packages/db/src/planted-canary.ts",
    code: 'export * as planted from "../../access/src/index";\n',
    rule: "places-packages-db",
  },
  {
    file: "packages/flow-filter/src/planted-canary.ts",
    code: 'import { randomUUID } from "node:crypto";\nexport const planted = randomUUID;\n',
    rule: "flow-filter-has-no-node",
  },
  {
    file: "packages/std/src/planted-canary.ts",
    code: 'import { parse } from "yaml";\nexport const planted = parse;\n',
    rule: "std-has-no-dependency",
  },
  {
    file: "packages/sandbox/src/planted-canary.ts",
    code: 'export { planted } from "../../policy-engine/src/index";\n',
    rule: "sandbox-shares-only-the-parser",
  },
  {
    file: "apps/agent/src/planted-canary.ts",
    code: 'export * as planted from "../../../packages/db/src/index";\n',
    rule: "places-apps-agent",
  },
  {
    file: "apps/web/src/planted-canary.ts",
    code: 'export { createClient } from "@clickhouse/client";\n',
    rule: "one-clickhouse-client",
  },
  {
    file: "apps/gateway/src/planted-canary.ts",
    code: 'export { Client } from "pg";\n',
    rule: "prisma-stays-in-db",
  },
];
