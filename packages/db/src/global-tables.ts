/** The tables that belong to no organisation, and so have no row-level security; every other table must have it forced. */
export const globalTables: readonly string[] = ["_prisma_migrations", "signing_key"];
