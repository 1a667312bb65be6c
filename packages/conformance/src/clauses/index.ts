import type { Clause } from "../clause";
import { watchClauses } from "./watch";

/** Every clause of the contract. */
export const allClauses: readonly Clause[] = [...watchClauses];
