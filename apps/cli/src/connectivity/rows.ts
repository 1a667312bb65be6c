import {
  formatPart,
  linesOf,
  type Connectivity,
  type NameEndpoint,
  type Unit,
  type Vocabulary,
} from "@isthmus/policy-engine";
import { reasonsFor, type Reason, type ReasonContext } from "./reasons";

/** One line of an answer: what may pass from one workload or range to another. */
export interface Row {
  readonly from: Unit;
  readonly to: Unit;
  /** Absent where nothing surely may. */
  readonly allowed?: string;
  /** What cannot be decided by what is known. */
  readonly unknown?: string;
  /** Absent where nobody asked why. */
  readonly reasons?: readonly Reason[];
}

/** How rows are made. */
export interface RowOptions {
  readonly nameOf: NameEndpoint;
  readonly vocabulary: Vocabulary;
  readonly reasons?: ReasonContext;
}

/** The rows of an answer in the order of their texts, made as they are asked for. */
export function* rowsOf(connectivity: Connectivity, options: RowOptions): Iterable<Row> {
  const { nameOf, vocabulary, reasons } = options;
  for (const line of linesOf(connectivity, nameOf)) {
    const [allowed, unknown] = [formatPart(line, "allowed", vocabulary), formatPart(line, "unknown", vocabulary)];
    if (allowed === undefined && unknown === undefined) continue;
    yield {
      from: line.source,
      to: line.destination,
      ...(allowed !== undefined && { allowed }),
      ...(unknown !== undefined && { unknown }),
      ...(reasons && { reasons: reasonsFor(line, reasons) }),
    };
  }
}
