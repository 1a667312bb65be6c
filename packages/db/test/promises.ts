import type { Client } from "pg";

/**
 * What statements of the application's role may count on, one line each: columns with their types,
 * functions with their arguments and results, privileges. An older version that still runs after a migration
 * works when none of these lines is lost.
 */
export async function promisesToTheApplication(owner: Client): Promise<ReadonlySet<string>> {
  const queries = [
    `select format('column %s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) as line
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
    `select format('function %s(%s) %s', p.proname, pg_get_function_identity_arguments(p.oid),
                   pg_get_function_result(p.oid)) as line
     from pg_proc p where p.pronamespace = 'public'::regnamespace
       and has_function_privilege('isthmus_app', p.oid, 'execute')
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
    `select format('may %s %s', lower(privilege), c.relname) as line
     from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and has_any_column_privilege('isthmus_app', c.oid, replace(privilege, 'DELETE', 'SELECT'))
       and (privilege <> 'DELETE' or has_table_privilege('isthmus_app', c.oid, 'DELETE'))`,
  ];
  const lines: string[] = [];
  for (const query of queries) lines.push(...(await owner.query<{ line: string }>(query)).rows.map(({ line }) => line));
  return new Set(lines.filter((line) => !line.includes("_prisma_migrations")));
}

/** Columns that an insert must name: one that is new here breaks the inserts of an older version. */
export async function columnsThatMustBeGiven(owner: Client): Promise<ReadonlySet<string>> {
  const { rows } = await owner.query<{ line: string }>(
    `select format('%s.%s', c.relname, a.attname) as line
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and a.attnotnull and not a.atthasdef and a.attidentity = ''`,
  );
  return new Set(rows.map(({ line }) => line));
}
