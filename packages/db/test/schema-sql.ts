import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

type Exports = Readonly<Record<string, () => void>>;
interface WebAssemblyApi {
  readonly instantiate: (
    code: Uint8Array,
    imports: object,
  ) => Promise<{ readonly instance: { readonly exports: Exports } }>;
}
// Node has it; its types come only with those of a browser.
const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

interface SchemaEngineBindings {
  readonly __wbg_set_wasm: (exports: Exports) => void;
  readonly SchemaEngine: { new: (options: object, log: () => void, adapter: object) => Promise<SchemaEngine> };
}
interface SchemaEngine {
  diff: (parameters: object) => Promise<{ readonly stdout: string | null }>;
}

/** The SQL that Prisma itself would write to make an empty Postgres database look like this schema.prisma. */
export async function sqlOfPrismaSchema(schemaPath: string): Promise<string> {
  const engine = await loadSchemaEngine();
  const result = await engine.diff({
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files: [{ path: schemaPath, content: await readFile(schemaPath, "utf8") }] },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return result.stdout ?? "";
}

async function loadSchemaEngine(): Promise<SchemaEngine> {
  const require = createRequire(import.meta.url);
  const folder = require.resolve("@prisma/schema-engine-wasm").replace(/schema_engine\.js$/, "");
  const bindings = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as SchemaEngineBindings;
  const { instance } = await webAssembly.instantiate(await readFile(`${folder}schema_engine_bg.wasm`), {
    "./schema_engine_bg.js": bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports["__wbindgen_start"]?.();
  const connect = () => Promise.resolve({ ok: true, value: noDatabase });
  const factory = { provider: "postgres", adapterName: "none", connect, connectToShadowDb: connect };
  return await bindings.SchemaEngine.new({ datamodels: null }, () => undefined, factory);
}

const refuse = () => Promise.reject(new Error("a comparison of schemas asks no database"));
/** Answers the one question that the engine asks on opening: the version of the server. */
const noDatabase = {
  provider: "postgres",
  adapterName: "none",
  queryRaw: () =>
    Promise.resolve({
      ok: true,
      value: {
        columnNames: ["exists", "version", "numeric_version"],
        columnTypes: [5, 7, 0],
        rows: [[true, "PostgreSQL 18", 180000]],
      },
    }),
  executeRaw: refuse,
  executeScript: refuse,
  startTransaction: refuse,
  getConnectionInfo: () => ({ ok: true, value: { schemaName: "public", supportsRelationJoins: false } }),
  dispose: () => Promise.resolve({ ok: true, value: undefined }),
};
