export { graphCardId, graphLineId, outsideFrames, type LineEnd } from "./graph-line";
export type { LiveTopic } from "./live-topic";
export {
  clustersInScope,
  describeScope,
  parseScope,
  printScope,
  printTerm,
  toggleTerm,
  type Scope,
  type ScopeTerm,
} from "./scope";
export {
  describeRange,
  longestRangeMs,
  offeredRanges,
  parseRange,
  printRange,
  resolveRange,
  type Interval,
  type TimeRange,
} from "./time-range";
export { carryView, readView, toViewInput, viewInput, writeView, type View, type ViewInput } from "./view";
