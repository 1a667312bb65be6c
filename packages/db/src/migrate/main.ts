import pino from "pino";
import { readMigrateConfig } from "./config";
import { migrate } from "./migrate";
import { MigrationError, readMigrations } from "./migrations";

// The process that brings the database up to date and ends: exit code 0 when it is.
const log = pino({ name: "migrate", base: { process: "migrate" } });
try {
  const { ownerUrl, appPassword, folder } = readMigrateConfig(process.env);
  const applied = await migrate({
    ownerUrl,
    migrations: await readMigrations(folder),
    ...(appPassword === undefined ? {} : { appPassword }),
    onApplied: ({ name }, durationMs) => log.info({ migration: name, durationMs: Math.round(durationMs) }, "applied"),
  });
  log.info({ applied: applied.length }, applied.length === 0 ? "nothing to apply" : "up to date");
} catch (error) {
  const known = error instanceof MigrationError || (error instanceof Error && error.message.startsWith("ISTHMUS_"));
  log.fatal(known ? {} : { err: error }, error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
