/*
 * A policy of a namespace selects endpoints of that namespace alone, so what a reporting end met is cluster-wide or its
 * own namespace's. A trace that says otherwise names a policy that its reader need not know of: the name is left out,
 * whatever the scope. Since that depends on the flow alone, the names that are left are stored with it.
 */

// Patterns rather than splitting: ClickHouse then works once for each distinct text, and not for each row.
const fields = (count: number) => `(?:[^\\t]*\\t){${count}}`;
// Where a hit's policy and its trigger begin, in texts of encodeHit; both are kind, tier, namespace, name.
const parts = [0, 7];
// Calico makes a profile of each namespace and each service account, and names it after them.
const profile = "k(?:ns|sa)[.]([^.\\t]*)";

const isOwn = (namespace: string, reporting: string) => `(${namespace} = '' OR ${namespace} = ${reporting})`;

/** SQL: whether the policy may be named that the columns with a prefix name, to whoever sees a reporting namespace. */
export function ownPolicy(prefix: string, reporting: string): string {
  const ofProfile = isOwn(`extract(${prefix}_name, '^${profile}')`, reporting);
  return `${isOwn(`${prefix}_namespace`, reporting)} AND (${prefix}_kind != 'Profile' OR ${ofProfile})`;
}

function own(hit: string, at: number, reporting: string): string {
  const namespace = `extract(${hit}, '^${fields(at + 2)}([^\\t]*)')`;
  const ofProfile = `extract(${hit}, '^${fields(at)}Profile\\t${fields(2)}${profile}')`;
  return `${isOwn(namespace, reporting)} AND ${isOwn(ofProfile, reporting)}`;
}

/** SQL: the names of policies in a flow's traces that may be told to whoever sees its reporting namespace. */
export function toldNames(reporting: string): string {
  const hits = "arrayConcat(enforced, pending)";
  const allOwn = `arrayAll(hit -> ${parts.map((at) => own("hit", at, reporting)).join(" AND ")}, ${hits})`;
  const names = parts.map((at) => {
    const name = `extract(hit, '^${fields(at + 3)}([^\\t]*)')`;
    return `if(${own("hit", at, reporting)}, ${name}, '')`;
  });
  const kept = `arrayFlatten(arrayMap(hit -> [${names.join(", ")}], ${hits}))`;
  return `if(${allOwn}, policy_names, arrayFilter(name -> name != '', arrayDistinct(${kept})))`;
}

/** The same of one text of encodeHit, or of one that begins like it: without the names that may not be told. */
export function toldHit(hit: string, reporting: string): string {
  const texts = hit.split("\t");
  for (const at of parts) {
    const [kind, namespace, name = ""] = [texts[at], texts[at + 2], texts[at + 3]];
    if (namespace === undefined || isTold({ kind, namespace, name }, reporting)) continue;
    texts[at + 2] = "";
    texts[at + 3] = "";
  }
  return texts.join("\t");
}

/** The same of one policy. */
export function isTold(
  policy: { readonly kind: string | undefined; readonly namespace: string; readonly name: string },
  reporting: string,
): boolean {
  const ofProfile = policy.kind === "Profile" ? (/^k(?:ns|sa)[.]([^.\t]*)/.exec(policy.name)?.[1] ?? "") : "";
  return [policy.namespace, ofProfile].every((namespace) => namespace === "" || namespace === reporting);
}
