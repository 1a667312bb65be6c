import type { Region } from "./connection-set";
import { INTERVALS, intervals, type Intervals } from "./intervals";

/** The region as products that share no point: what may come first, for each different set of what comes second. */
export function products(region: Region): readonly { readonly first: Intervals; readonly second: Intervals }[] {
  const found: { first: Intervals; readonly second: Intervals }[] = [];
  for (const { from, to, inner } of region) {
    const known = found.find(({ second }) => INTERVALS.equals(second, inner));
    if (known) known.first = INTERVALS.combine("union", [known.first, intervals({ from, to })]);
    else found.push({ first: intervals({ from, to }), second: inner });
  }
  return found;
}
