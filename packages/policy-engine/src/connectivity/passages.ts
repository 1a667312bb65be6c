import { valueAt } from "./columns";
import type { EndClass } from "./end-classes";
import type { ExternalClass } from "./external-classes";
import type { Tables } from "./tables";

/** What connections are between: a class of endpoints' addresses, or of addresses outside. */
export type Party =
  | { readonly kind: "endpoints"; readonly ends: EndClass }
  | { readonly kind: "external"; readonly outside: ExternalClass };

/** Which parties behave alike, and what may pass between them: rows of parties as sources over columns as destinations. */
export interface Passages {
  /** For each party its row and its column. */
  readonly rowOf: Int32Array;
  readonly columnOf: Int32Array;
  /** Rows of numbers of extents, one for each different behaviour as a source. */
  readonly rows: readonly Int32Array[];
}

/** The numbers of two extents that meet, in a table of rows, since the same ones meet over and over. */
function meetings(tables: Tables): (a: number, b: number) => number {
  const size = tables.extents.size;
  const rows: (Int32Array | undefined)[] = [];
  return (a, b) => {
    const row = (rows[b] ??= new Int32Array(size).fill(-1));
    const known = row[a] ?? -1;
    if (known >= 0) return known;
    const made = tables.passage(a, b);
    row[a] = made;
    return made;
  };
}

function hashOf(row: Int32Array): number {
  let hash = 0;
  for (let i = 0; i < row.length; i += 1) hash = Math.imul(hash ^ (row[i] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
  return hash;
}

const same = (a: Int32Array, b: Int32Array): boolean => {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
};

/** Numbers rows so that equal ones have one number. */
class RowTable {
  readonly rows: Int32Array[] = [];
  readonly #byHash = new Map<number, number[]>();

  /** Keeps a copy of a row that is new. */
  id(row: Int32Array): number {
    const hash = hashOf(row);
    const bucket = this.#byHash.get(hash);
    const known = bucket?.find((id) => {
      const other = this.rows[id];
      return other && same(other, row);
    });
    if (known !== undefined) return known;
    const id = this.rows.length;
    this.rows.push(row.slice());
    if (bucket) bucket.push(id);
    else this.#byHash.set(hash, [id]);
    return id;
  }
}

/** Where a party lies as a cluster sees it; undefined where the cluster cannot meet it. */
function seenBy(party: Party, cluster: number): number | undefined {
  if (party.kind === "endpoints") return party.ends.seen[cluster];
  return party.outside.cluster === cluster ? party.outside.seen : undefined;
}

const versionOf = (party: Party): 4 | 6 => (party.kind === "endpoints" ? party.ends.version : party.outside.version);

/** For each cluster, where each party lies as it sees it; -1 where it cannot meet it. */
const sightings = (parties: readonly Party[], clusters: number): readonly Int32Array[] =>
  Array.from({ length: clusters }, (_, cluster) => Int32Array.from(parties, (party) => seenBy(party, cluster) ?? -1));

/**
 * Works out what may pass between all parties. One row at a time, of which only different ones are kept: memory and
 * output grow with the different behaviours, time with the square of the classes.
 */
export function passagesOf(parties: readonly Party[], clusters: number, tables: Tables): Passages {
  const seen = sightings(parties, clusters);
  const meet = meetings(tables);
  const table = new RowTable();
  const row = new Int32Array(parties.length);
  const { nowhere, everywhere } = tables;
  const rowOf = Int32Array.from(parties, (source, s) => {
    const [version, leaving] = [versionOf(source), source.kind === "endpoints" ? source.ends : undefined];
    const sight = leaving && seen[leaving.cluster];
    for (const [d, destination] of parties.entries()) {
      row[d] = nowhere;
      if (versionOf(destination) !== version) continue;
      const reaching = destination.kind === "endpoints" ? destination.ends : undefined;
      const [to, from] = [sight?.[d] ?? 0, reaching ? (seen[reaching.cluster]?.[s] ?? -1) : 0];
      if (to < 0 || from < 0 || (!leaving && !reaching)) continue;
      const out = leaving ? valueAt(leaving.egress, to) : everywhere;
      if (out === nowhere) continue;
      row[d] = meet(out, reaching ? valueAt(reaching.ingress, from) : everywhere);
    }
    return table.id(row);
  });
  return { rowOf, columnOf: columnsOf(table.rows, parties.length), rows: table.rows };
}

/** Which places of the rows have the same numbers in all of them. */
function columnsOf(rows: readonly Int32Array[], count: number): Int32Array {
  const table = new RowTable();
  const column = new Int32Array(rows.length);
  const ids = new Int32Array(count);
  for (let d = 0; d < count; d += 1) {
    for (let r = 0; r < rows.length; r += 1) column[r] = rows[r]?.[d] ?? 0;
    ids[d] = table.id(column);
  }
  return ids;
}
