import { complain, readStrings, type Reader } from "./reader";

const COMPONENT = /^[A-Za-z0-9_](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?$/;

function isDomain(text: string): boolean {
  const parts = text.replace(/\.$/, "").split(".");
  return (
    parts.every((part) => part === "*" || COMPONENT.test(part)) && parts.filter((part) => part === "*").length <= 1
  );
}

/**
 * Reads domains of Calico Enterprise: names, or with one `*` in the place of a whole component (Calico Enterprise, DNS
 * policy). They are fields that open-source Calico refuses.
 */
export const readDomains = (reader: Reader): readonly string[] =>
  readStrings(reader).map(({ at, text }) => {
    if (!isDomain(text)) {
      const hint = "write a DNS name; a * stands for whole components, once";
      complain(at, { code: "invalid-domain", message: `\`${text}\` is not a domain`, hint });
    }
    return text;
  });
