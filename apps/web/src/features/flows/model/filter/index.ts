export type { Filter, FilterDiagnostic } from "./ast";
export { expectationAt, offersFor, type Occurring, type Offer } from "./completion";
export { setValues, toggleValue, valuesOf } from "./edit";
export { fieldNames, isField, specOf, type FieldName } from "./fields";
export { tokensOf } from "./lexer";
export { parseFilter } from "./parser";
export { printFilter, printValue } from "./printer";
