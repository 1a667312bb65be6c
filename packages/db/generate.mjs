// Writes the Prisma client to src/generated, unless it is there for this very schema. Works without the network:
// Prisma 7 asks for a schema-engine executable that `generate` never runs, so it is given one that does nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const packageFolder = dirname(fileURLToPath(import.meta.url));
const schema = join(packageFolder, "../../prisma/schema.prisma");
const stampFile = join(packageFolder, "src/generated/.made-from");
const stamp = createHash("sha256")
  .update(require("prisma/package.json").version)
  .update(readFileSync(schema))
  .digest("hex");

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) generate();

function generate() {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-generate-"));
  try {
    const engine = join(folder, "schema-engine");
    writeFileSync(engine, "#!/bin/sh\nexit 0\n");
    chmodSync(engine, 0o755);
    const parameters = [require.resolve("prisma/build/index.js"), "generate", `--schema=${schema}`, "--no-hints"];
    const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
      cwd: packageFolder,
      encoding: "utf8",
      env: {
        ...process.env, // oxlint-disable-line node/no-process-env -- a program started here gets what this one got
        PRISMA_SCHEMA_ENGINE_BINARY: engine,
        CHECKPOINT_DISABLE: "1",
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
      },
    });
    if (status === 0) return writeFileSync(stampFile, stamp);
    process.stderr.write(`${stdout}${stderr}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
