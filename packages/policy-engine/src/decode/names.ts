import { complain, type Reader } from "./reader";

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(?:\\.${LABEL})*`;

/** A DNS-1123 label, such as a tier's name. */
export const DNS_LABEL = new RegExp(`^${LABEL}$`);

/** A DNS-1123 subdomain, such as most names of objects. */
export const DNS_SUBDOMAIN = new RegExp(`^${SUBDOMAIN}$`);

/** A namespaced policy: a label, two labels with a dot between (tier and name), or what a Kubernetes policy becomes. */
export const NETWORK_POLICY_NAME = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})?|(?:knp|ossg)\\.default\\.${SUBDOMAIN})$`);

/** A global policy: a label, or two labels with a dot between (tier and name). */
export const GLOBAL_POLICY_NAME = new RegExp(`^(?:${LABEL}\\.)?${LABEL}$`);

/** Longest name of an object. */
export const MAX_NAME_LENGTH = 253;

/** Longest label name or value, and longest tier name. */
export const MAX_LABEL_LENGTH = 63;

const QUALIFIED_PART = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** Whether a text is a qualified name (Kubernetes: an optional DNS prefix, a slash, 63 characters). */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf("/");
  const prefix = slash < 0 ? undefined : text.slice(0, slash);
  const name = text.slice(slash + 1);
  if (prefix !== undefined && (prefix.length > MAX_NAME_LENGTH || !DNS_SUBDOMAIN.test(prefix))) return false;
  return name.length <= MAX_LABEL_LENGTH && QUALIFIED_PART.test(name);
}

/** Whether a text may be the value of a label. */
export const isLabelValue = (text: string): boolean => text.length <= MAX_LABEL_LENGTH && LABEL_VALUE.test(text);

/** Complains unless the text is the name of an object. */
export function requireName(reader: Reader, text: string): void {
  if (text.length <= MAX_NAME_LENGTH && DNS_SUBDOMAIN.test(text)) return;
  const hint = "names have lower-case letters, digits, - and .";
  complain(reader, { code: "invalid-name", message: `\`${text}\` is not a valid name`, hint });
}
