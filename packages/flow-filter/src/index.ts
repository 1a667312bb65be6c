export { isAnsweredBy } from "./answer";
export { allOf, anyOf, everything, isEverything, oneOf, onPorts, termsOf } from "./ast";
export type { Field, Filter, Operator, Term, Value } from "./ast";
export { blockContains, canonicalBlock, isOneAddress } from "./block";
export { completionAt, offersFor, type Completion, type Occurring, type Offer } from "./completion";
export type { FilterDiagnostic, FilterMistake, Span } from "./diagnostic";
export { setValues, toggleValue, valuesOf, type Wanted } from "./edit";
export { evaluate, matches, type FilterEnd, type FilterRow, type Truth } from "./evaluate";
export {
  fieldNames,
  isField,
  longestFlowRangeMs,
  specOf,
  type FacetName,
  type FieldKind,
  type FieldName,
  type FilterTable,
} from "./fields";
export { tokensOf, type Token } from "./lexer";
export { limits } from "./limits";
export { parseFilter, type ParseOptions } from "./parser";
export { printFilter, printText } from "./printer";
export type { Expectation } from "./reader";
