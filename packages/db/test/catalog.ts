import type { Client } from "pg";

/** One line for each column, key and index (of columns: Prisma has no word for others) of a schema, comparable between two schemas. */
export async function describeCatalog(client: Client, schema: string): Promise<readonly string[]> {
  const queries = [
    // A list is never null in Prisma's eyes whatever its column says, so that is left out for lists; a serial and an
    // identity are the same to it.
    `select format('column %s.%s: %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              case when a.attnotnull and t.typcategory <> 'A' then ' not null' else '' end,
              case when a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval%' then ' generated'
                   else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end) as line
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where c.relnamespace = $1::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`,
    `select format('key %s on %s: %s', k.conname, c.relname, pg_get_constraintdef(k.oid)) as line
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.connamespace = $1::regnamespace and k.contype in ('p', 'f')`,
    `select format('index %s:%s%s (%s)%s', i.relname, case when x.indisunique then ' unique' else '' end,
              case when x.indnullsnotdistinct then ' nulls not distinct' else '' end,
              (select string_agg(pg_get_indexdef(x.indexrelid, n, false), ', ' order by n)
               from generate_series(1, x.indnkeyatts) n),
              coalesce(' where ' || lower(pg_get_expr(x.indpred, x.indrelid)), '')) as line
     from pg_index x join pg_class i on i.oid = x.indexrelid
     where i.relnamespace = $1::regnamespace and not x.indisprimary and x.indexprs is null`,
  ];
  const lines: string[] = [];
  for (const query of queries) {
    const { rows } = await client.query<{ line: string }>(query, [schema]);
    lines.push(...rows.map(({ line }) => line.replaceAll(`${schema}.`, "")));
  }
  return lines.filter((line) => !line.includes("_prisma_migrations")).toSorted();
}
