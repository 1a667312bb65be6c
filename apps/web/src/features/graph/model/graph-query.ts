import { parseFilter, printText } from "@isthmus/flow-filter";

/**
 * The filter in an address. Before this page took filters it took words, each to be found in some name; such an address
 * still means that.
 */
export function readGraphQuery(text: string): string {
  if (parseFilter(text).ok || /[=<>~()"]/.test(text)) return text;
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => `text = ${printText(word)}`)
    .join(" and ");
}
