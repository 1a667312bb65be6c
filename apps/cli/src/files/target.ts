import { err, ok, type Result } from "@isthmus/std";
import { usageError, type Finding } from "../report/finding";

/** A path that a person named, and the cluster that its manifests belong to (empty where none was named). */
export interface Target {
  readonly cluster: string;
  readonly path: string;
}

/** The path that stands for standard input. */
export const STANDARD_INPUT = "-";

const PREFIX = "cluster=";
const CLUSTER_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const FORM = "write cluster=NAME:PATH, such as cluster=eu-west:./eu-west";

type Parsed = Result<Target, Finding>;

const wrong = (code: string, message: string, hint: string): Parsed => err(usageError({ code, message, hint }));

function parseNamed(word: string, next: string | undefined): Parsed {
  const [name = "", ...rest] = word.slice(PREFIX.length).split(":");
  const path = rest.length > 0 ? rest.join(":") : next;
  if (!CLUSTER_NAME.test(name)) {
    const hint = "names of clusters have lower-case letters, digits and -, at most 63";
    return wrong("cluster-name", `\`${name}\` is not a name of a cluster`, hint);
  }
  if (path === undefined || path === "" || path.startsWith(PREFIX)) {
    return wrong("cluster-path", `\`${word}\` names a cluster and no path`, FORM);
  }
  return ok({ cluster: name, path });
}

function mixed(targets: readonly Target[]): readonly Finding[] {
  const named = targets.find(({ cluster }) => cluster !== "");
  if (!named) return [];
  return targets
    .filter(({ cluster }) => cluster === "")
    .map(({ path }) =>
      usageError({
        code: "no-cluster",
        message: `\`${path}\` names no cluster, while \`${named.path}\` belongs to \`${named.cluster}\``,
        hint: `${FORM}, for every path or for none`,
      }),
    );
}

function repeated(targets: readonly Target[], same: (target: Target) => string): readonly Target[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const key = same(target);
    const again = key !== "" && seen.has(key);
    seen.add(key);
    return again;
  });
}

function repeats(targets: readonly Target[]): readonly Finding[] {
  const clusters = repeated(targets, ({ cluster }) => cluster).map(({ cluster }) =>
    usageError({
      code: "cluster-twice",
      message: `cluster \`${cluster}\` is given twice`,
      hint: "put its manifests below one folder, or give each folder a cluster of its own",
    }),
  );
  const inputs = repeated(targets, ({ path }) => (path === STANDARD_INPUT ? path : "")).map(() =>
    usageError({
      code: "input-twice",
      message: "standard input is given twice",
      hint: "it can be read once: give - once",
    }),
  );
  return [...clusters, ...inputs];
}

function parseWords(words: readonly string[]): readonly Parsed[] {
  const parsed: Parsed[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith(PREFIX)) parsed.push(ok({ cluster: "", path: word }));
    else {
      parsed.push(parseNamed(word, words[at + 1]));
      if (!word.includes(":") && !words[at + 1]?.startsWith(PREFIX)) at += 1;
    }
  }
  return parsed;
}

const targetsIn = (parsed: readonly Parsed[]): readonly Target[] =>
  parsed.flatMap((each) => (each.ok ? [each.value] : []));

/**
 * Reads paths with their prefixes: `PATH`, `cluster=NAME:PATH`, and `cluster=NAME` before a path as a word of its own.
 * `besides` are paths whose manifests join those clusters.
 */
export function parseTargets(
  words: readonly string[],
  besides: readonly string[] = [],
): Result<readonly Target[], readonly Finding[]> {
  const [own, more] = [parseWords(words), parseWords(besides)];
  const targets = targetsIn([...own, ...more]);
  const problems = [
    ...[...own, ...more].flatMap((each) => (each.ok ? [] : [each.error])),
    ...mixed(targets),
    ...repeats(targetsIn(own)),
  ];
  return problems.length > 0 ? err(problems) : ok(targets);
}
