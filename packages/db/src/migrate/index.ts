export { migrate, type MigrateOptions } from "./migrate";
export { MigrationError, planMigrations, readMigrations, type AppliedMigration, type Migration } from "./migrations";
