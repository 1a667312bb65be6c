import { valueAt, type DenseColumn } from "./columns";
import { clusterOf, nodeOfClass, passageBetween, seenBy, versionOf, type PairContext, type Party } from "./parties";
import type { Tables } from "./tables";

/** Which parties behave alike, and what may pass between them: rows of parties as sources over columns as destinations. */
export interface Passages {
  /** For each party its row and its column. */
  readonly rowOf: Int32Array;
  readonly columnOf: Int32Array;
  /** Rows of numbers of extents, one for each different behaviour as a source. */
  readonly rows: readonly Int32Array[];
}

type Meet = (a: number, b: number) => number;

/** The numbers of two extents that meet, in a table of rows, since the same ones meet over and over. */
function meetings(tables: Tables): Meet {
  const { extents, nowhere, everywhere } = tables;
  const { size } = extents;
  const rows: (Int32Array | undefined)[] = [];
  return (a, b) => {
    if (a === nowhere || b === everywhere) return a;
    if (b === nowhere || a === everywhere) return b;
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

/** For each cluster, where each party lies as it sees it; -1 where it cannot meet it. */
const sightings = (parties: readonly Party[], clusters: number): readonly Int32Array[] =>
  Array.from({ length: clusters }, (_, cluster) => Int32Array.from(parties, (party) => seenBy(party, cluster)));

/** How many classes are turned at once: their places in a column lie side by side. */
const BLOCK = 64;

/** The different ingress columns of a cluster's endpoints, class by class: what reaches each of them from a class. */
class Arrivals {
  readonly #columns = new Map<DenseColumn, number>();
  readonly #slices: (Int32Array | undefined)[] = [];
  readonly #anything: number;
  /** For each party its column, from 1 on; 0 for one that anything reaches, -1 for one of another cluster. */
  readonly columnOf: Int32Array;

  constructor(parties: readonly Party[], cluster: number, anything: number) {
    this.#anything = anything;
    this.columnOf = new Int32Array(parties.length).fill(-1);
    for (const [at, party] of parties.entries()) {
      if (clusterOf(party) === cluster)
        this.columnOf[at] = party.kind === "external" ? 0 : this.#number(party.ends.ingress);
    }
  }

  #number(column: DenseColumn): number {
    let known = this.#columns.get(column);
    if (known === undefined) this.#columns.set(column, (known = this.#columns.size + 1));
    return known;
  }

  /** By column, what may arrive from addresses of a class. */
  from(seen: number): Int32Array {
    const known = this.#slices[seen];
    if (known) return known;
    const first = seen - (seen % BLOCK);
    const made = Array.from({ length: BLOCK }, () => new Int32Array(this.#columns.size + 1));
    for (const slice of made) slice[0] = this.#anything;
    for (const [column, at] of this.#columns) {
      for (const [i, slice] of made.entries()) slice[at] = valueAt(column, first + i);
    }
    for (const [i, slice] of made.entries()) this.#slices[first + i] = slice;
    return made[seen - first] ?? new Int32Array(0);
  }
}

/** A column as one number for each class. */
function flat({ values, of }: DenseColumn): Int32Array {
  const numbers = new Int32Array(of.length);
  for (let i = 0; i < of.length; i += 1) numbers[i] = values[of[i] ?? 0] ?? 0;
  return numbers;
}

/** Fills a row: what may leave a source and arrive at each of the places. */
interface Source {
  /** What may leave it, by the class of the destination as its cluster sees it; undefined: anything may. */
  readonly leaving: Int32Array | undefined;
  /** Classes of the destinations as its cluster sees them. */
  readonly sight: Int32Array;
  /** What may arrive, by the column of the destination. */
  readonly arriving: Int32Array;
  readonly columnOf: Int32Array;
  readonly meet: Meet;
}

function fillRow(row: Int32Array, places: Int32Array, source: Source): void {
  const { leaving, sight, arriving, columnOf, meet } = source;
  for (let i = 0; i < places.length; i += 1) {
    const d = places[i] ?? 0;
    const column = columnOf[d] ?? -1;
    // Two outside addresses do not concern anybody.
    if (column < 0 || (!leaving && column === 0)) continue;
    const seen = sight[d] ?? -1;
    if (seen < 0) continue;
    row[d] = leaving ? meet(leaving[seen] ?? 0, arriving[column] ?? 0) : (arriving[column] ?? 0);
  }
}

/** Parties that may be, or be on, a node whose own traffic is treated apart: their pairs are looked up one by one. */
function partiesApart(parties: readonly Party[], context: PairContext): ReadonlySet<number> {
  const apart = new Set<number>();
  for (const [at, party] of parties.entries()) {
    const onNode = party.kind === "endpoints" && party.ends.node !== undefined;
    const isNode = context.clusters.some(
      (_, cluster) => nodeOfClass(context, cluster, seenBy(party, cluster)) !== undefined,
    );
    if (onNode || isNode) apart.add(at);
  }
  return apart;
}

/** The destinations of one version in one cluster. */
const placesOf = (parties: readonly Party[], version: 4 | 6, cluster: number): Int32Array =>
  Int32Array.from(
    [...parties.keys()].filter((at) => {
      const party = parties[at];
      return party && versionOf(party) === version && clusterOf(party) === cluster;
    }),
  );

/**
 * Works out what may pass between all parties. One row at a time, of which only different ones are kept: memory and
 * output grow with the different behaviours, time with the square of the classes.
 */
export function passagesOf(parties: readonly Party[], context: PairContext): Passages {
  const { tables } = context;
  const clusters = context.clusters.length;
  const apart = partiesApart(parties, context);
  const seen = sightings(parties, clusters);
  const meet = meetings(tables);
  const table = new RowTable();
  const row = new Int32Array(parties.length);
  const arrivals = Array.from({ length: clusters }, (_, cluster) => new Arrivals(parties, cluster, tables.everywhere));
  const places = new Map(
    ([4, 6] as const).map((v) => [v, Array.from({ length: clusters }, (_, c) => placesOf(parties, v, c))]),
  );
  const leavings = new Map<DenseColumn, Int32Array>();
  const rowOf = new Int32Array(parties.length);
  for (const [s, source] of parties.entries()) {
    row.fill(tables.nowhere);
    const egress = source.kind === "endpoints" ? source.ends.egress : undefined;
    const leaving = egress && (leavings.get(egress) ?? flat(egress));
    if (egress && leaving) leavings.set(egress, leaving);
    for (const [cluster, { columnOf }] of arrivals.entries()) {
      const from = seen[cluster]?.[s] ?? -1;
      const [sight, arrival, where] = [
        seen[clusterOf(source)],
        arrivals[cluster],
        places.get(versionOf(source))?.[cluster],
      ];
      if (from < 0 || !sight || !arrival || !where) continue;
      fillRow(row, where, { leaving, sight, arriving: arrival.from(from), columnOf, meet });
    }
    // Only where both ends are or are on nodes may they be treated apart.
    for (const d of apart.has(s) ? apart : []) {
      const destination = parties[d];
      if (destination) row[d] = passageBetween(source, destination, context);
    }
    rowOf[s] = table.id(row);
  }
  return { rowOf, columnOf: columnsOf(table.rows, parties.length), rows: table.rows };
}

/**
 * Which places of the rows have the same numbers in all of them, by refinement: row by row, places that were alike so far
 * are told apart by their numbers in it.
 */
function columnsOf(rows: readonly Int32Array[], count: number): Int32Array {
  const ids = new Int32Array(count);
  let size = 1;
  for (const row of rows) {
    const next = new Map<number, number>();
    const first = new Int32Array(size).fill(-1);
    for (let d = 0; d < count; d += 1) {
      const [id, number] = [ids[d] ?? 0, row[d] ?? 0];
      // The first number that is met in a group keeps the group's place; only others need looking up.
      if (first[id] === -1) first[id] = number;
      if (first[id] === number) continue;
      const key = id * 2 ** 26 + number;
      let moved = next.get(key);
      if (moved === undefined) next.set(key, (moved = size + next.size));
      ids[d] = moved;
    }
    size += next.size;
    if (size === count) break;
  }
  return ids;
}
