// Writes the Prisma client to src/generated without the network: Prisma 7 asks for a schema-engine executable that
// `generate` never runs, so it is given one that does nothing.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packageFolder = dirname(fileURLToPath(import.meta.url));
const schema = join(packageFolder, "../../prisma/schema.prisma");
const prismaCli = createRequire(import.meta.url).resolve("prisma/build/index.js");

const folder = mkdtempSync(join(tmpdir(), "isthmus-generate-"));
try {
  const engine = join(folder, "schema-engine");
  writeFileSync(engine, "#!/bin/sh\nexit 0\n");
  chmodSync(engine, 0o755);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [prismaCli, "generate", `--schema=${schema}`, "--no-hints"],
    {
      cwd: packageFolder,
      encoding: "utf8",
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: engine,
        CHECKPOINT_DISABLE: "1",
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
      },
    },
  );
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
