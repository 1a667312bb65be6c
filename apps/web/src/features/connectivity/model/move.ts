/** A place in the matrix, by row and column. */
export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

const STEPS: Readonly<Record<string, CellPlace>> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
};

/** Where a key leads in a square matrix whose diagonal is empty; undefined: the key is not one of ours. */
export function moveInMatrix(at: CellPlace, key: string, size: number): CellPlace | undefined {
  if (key === "Home" || key === "End") return key === "Home" ? firstOf(at.row) : lastOf(at.row, size);
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const next = { row: at.row + step.row, column: at.column + step.column };
  const landed = next.row === next.column ? { row: next.row + step.row, column: next.column + step.column } : next;
  const inside = [landed.row, landed.column].every((each) => each >= 0 && each < size);
  return inside ? landed : at;
}

const firstOf = (row: number): CellPlace => ({ row, column: row === 0 ? 1 : 0 });
const lastOf = (row: number, size: number): CellPlace => ({ row, column: row === size - 1 ? size - 2 : size - 1 });
