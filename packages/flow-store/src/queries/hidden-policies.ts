/*
 * A policy of a namespace selects endpoints of that namespace alone, so what a reporting end met is cluster-wide or its
 * own namespace's. A trace that says otherwise names a policy that its reader need not know of: the name is left out,
 * whatever the scope. All of it reads `reporter_namespace`, and texts that begin as those of encodeHit do.
 */

// Patterns rather than splitting: ClickHouse then works once for each distinct text, and not for each row.
const fields = (count: number) => `(?:[^\\t]*\\t){${count}}`;
// Where a hit's policy and its trigger begin; both are kind, tier, namespace, name.
const parts = [0, 7];
// Calico makes a profile of each namespace and each service account, and names it after them.
const profile = "k(?:ns|sa)[.]([^.\\t]*)";

const isOwn = (namespace: string) => `(${namespace} = '' OR ${namespace} = reporter_namespace)`;

/** Whether the policy may be named that the columns with a prefix name. */
export function ownPolicy(prefix: string): string {
  const ofProfile = isOwn(`extract(${prefix}_name, '^${profile}')`);
  return `${isOwn(`${prefix}_namespace`)} AND (${prefix}_kind != 'Profile' OR ${ofProfile})`;
}

function own(hit: string, at: number): string {
  const namespace = `extract(${hit}, '^${fields(at + 2)}([^\\t]*)')`;
  const ofProfile = `extract(${hit}, '^${fields(at)}Profile\\t${fields(2)}${profile}')`;
  return `${isOwn(namespace)} AND ${isOwn(ofProfile)}`;
}

/** Whether every one of some hits may be named. */
export function onlyOwnHits(hits: string): string {
  return `arrayAll(hit -> ${parts.map((at) => own("hit", at)).join(" AND ")}, ${hits})`;
}

/** Hits, without the names that may not be told. */
export function keptHits(hits: string): string {
  const kept = parts.reduce((text, at) => {
    const without = `replaceRegexpOne(${text}, '^(${fields(at + 2)})[^\\t]*\\t[^\\t]*', '\\\\1\\t')`;
    return `if(${own("hit", at)}, ${text}, ${without})`;
  }, "toString(hit)");
  return `arrayMap(hit -> ${kept}, ${hits})`;
}

/** The names that hits of both traces tell. */
export function keptNames(enforced: string, pending: string): string {
  const split = `arrayMap(hit -> splitByChar('\\t', hit), arrayConcat(${keptHits(enforced)}, ${keptHits(pending)}))`;
  return `arrayFilter(name -> name != '', arrayDistinct(arrayFlatten(arrayMap(each -> [each[4], each[11]], ${split}))))`;
}
