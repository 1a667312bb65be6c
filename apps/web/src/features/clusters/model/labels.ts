/** Labels of a cluster; selectors that place policies are evaluated over them, with `name` added. */
export type ClusterLabels = Readonly<Record<string, string>>;

/** One thing that is wrong with what a person typed into a field. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Pages beside those of the clusters. */
const PAGES: ReadonlySet<string> = new Set(["connectivity", "enrolment"]);
/** As the database has it: with a hyphen and a whole UID, a name is a DNS label. */
const NAME_PREFIX_MAX = 30;
const LABEL_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Checks a cluster's name by the rule of DNS labels, as it becomes part of resource names. */
export function clusterNameProblem(name: string): string | undefined {
  if (name === "") return "a cluster needs a name";
  if (name.length > 63) return "a name has at most 63 characters";
  if (PAGES.has(name)) return `\`${name}\` is the name of a page here: take another`;
  return isDnsLabel(name) ? undefined : notDnsLabel;
}

/** Checks what the names of a fleet's clusters are to begin with; a hyphen and a part of the UID follow. */
export function namePrefixProblem(prefix: string): string | undefined {
  if (prefix === "") return "the clusters' names need a beginning";
  if (prefix.length > NAME_PREFIX_MAX) return `the beginning of a name has at most ${NAME_PREFIX_MAX} characters`;
  return isDnsLabel(prefix) ? undefined : notDnsLabel;
}

const isDnsLabel = (name: string): boolean => NAME.test(name);
const notDnsLabel = "a name is lower case letters, digits and hyphens, and begins and ends with a letter or digit";

function labelKeyProblem(key: string): string | undefined {
  if (key === "name") return "`name` is given: it is the cluster's own name";
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  if (prefix === "isthmus.io") return "the prefix `isthmus.io/` is kept for Isthmus";
  if (prefix !== undefined && !LABEL_PREFIX.test(prefix)) return `\`${prefix}\` is no DNS name, as a label's prefix is`;
  if (LABEL_NAME.test(slash < 0 ? key : key.slice(slash + 1))) return undefined;
  return `\`${key}\` is no label: letters, digits, \`-\`, \`_\` and \`.\`, at most 63, a letter or digit at both ends`;
}

const labelValueProblem = (key: string, value: string): string | undefined =>
  value === "" || LABEL_NAME.test(value)
    ? undefined
    : `\`${value}\` is no value for \`${key}\`: letters, digits, \`-\`, \`_\` and \`.\`, at most 63`;

/** All problems of a set of labels, by Kubernetes' rules for label keys and values. */
export function labelProblems(labels: ClusterLabels): FieldProblem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const message = labelKeyProblem(key) ?? labelValueProblem(key, value);
    return message === undefined ? [] : [{ field: `labels.${key}`, message }];
  });
}

/** Reads "region=eu-west, env=prod" or one label a line; a part without "=" is a problem, as is a key given twice. */
export function parseLabels(text: string): { labels: ClusterLabels; problems: FieldProblem[] } {
  const found = new Map<string, string>();
  const problems: FieldProblem[] = [];
  for (const part of text.split(/[,\n]/).map((piece) => piece.trim())) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const key = part.slice(0, equals).trim();
    if (equals < 1) problems.push({ field: "labels", message: `\`${part}\` is no label: write key=value` });
    else if (found.has(key)) problems.push({ field: `labels.${key}`, message: `\`${key}\` is given twice` });
    else found.set(key, part.slice(equals + 1).trim());
  }
  const labels = Object.fromEntries(found);
  return { labels, problems: [...problems, ...labelProblems(labels)] };
}

/** The line under a cluster's name: its region, else its jurisdiction, else nothing. */
export function clusterPlace(labels: ClusterLabels): string {
  return [labels["region"], labels["jurisdiction"]].filter(Boolean).join(", ");
}
