import type { Cause } from "../status";

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

const invalidValue = (field: string, value: string, why: string): Cause => ({
  reason: "FieldValueInvalid",
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});

/** How the names of a resource must look. */
export type NameRule = "label" | "subdomain" | "path-segment";

/** What is wrong with an object's name. */
export function checkName(name: string, rule: NameRule): readonly Cause[] {
  const field = "metadata.name";
  if (name === "")
    return [{ reason: "FieldValueRequired", field, message: "Required value: name or generateName is required" }];
  if (rule === "path-segment") {
    return /^\.{1,2}$|[/%]/.test(name)
      ? [invalidValue(field, name, "may not be '.' or '..' or contain '/' or '%'")]
      : [];
  }
  const longest = rule === "label" ? 63 : 253;
  if (name.length > longest) return [invalidValue(field, name, `must be no more than ${longest} characters`)];
  if ((rule === "label" ? dnsLabel : dnsSubdomain).test(name)) return [];
  return [invalidValue(field, name, rule === "label" ? labelText : subdomainText)];
}

/** What is wrong with labels. */
export function checkLabels(labels: Readonly<Record<string, string>>, field: string): readonly Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...checkKey(key, field),
    ...checkLabelValue(key, value, field),
  ]);
}

/** What is wrong with the names of annotations. */
export function checkKeys(map: Readonly<Record<string, string>>, field: string): readonly Cause[] {
  return Object.keys(map).flatMap((key) => checkKey(key, field));
}

function checkKey(key: string, field: string): readonly Cause[] {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  const good =
    more.length === 0 &&
    name.length <= 63 &&
    labelName.test(name) &&
    (prefix === undefined || (prefix.length <= 253 && dnsSubdomain.test(prefix)));
  const why =
    "a qualified name is an optional DNS subdomain and '/', then up to 63 characters of letters, digits, '-', '_' or '.', beginning and ending with a letter or digit";
  return good ? [] : [invalidValue(field, key, why)];
}

function checkLabelValue(key: string, value: string, field: string): readonly Cause[] {
  if (value === "" || (value.length <= 63 && labelName.test(value))) return [];
  const why =
    "a label's value is empty or up to 63 characters of letters, digits, '-', '_' or '.', beginning and ending with a letter or digit";
  return [invalidValue(`${field}.${key}`, value, why)];
}
