import type { FrameLayout } from "./frame-elk";
import type { ServiceGraph } from "./graph";

/** Frames side by side and above each other; the first column holds those that call most. */
export type Columns = readonly (readonly FrameLayout[])[];

/** What the picture has to fit: a desk's screen, or a screen that is higher than wide. */
export type Shape = "wide" | "tall";

/** How many times the columns together are as wide as high. */
const aspects: Readonly<Record<Shape, number>> = { wide: 1.6, tall: 0.4 };
const ROOM = 120;

/**
 * Puts frames into columns of about the same height, so that the picture is as wide as a screen. Callers come first:
 * those outside, then clusters by how much more they call than they are called; what is called outside comes last.
 * Where there is more height than width, what lies outside stands above and below the clusters, not beside them.
 */
export function arrangeColumns(graph: ServiceGraph, frames: readonly FrameLayout[], shape: Shape): Columns {
  const outside = new Set(graph.frames.filter(({ cluster }) => cluster === null).map(({ id }) => id));
  const calls = callBalance(graph);
  const balance = ({ id }: FrameLayout) => calls.get(id) ?? 0;
  const clusters = frames
    .filter(({ id }) => !outside.has(id))
    .sort((a, b) => balance(b) - balance(a) || (a.id < b.id ? -1 : 1));
  const apart = (isCaller: boolean) =>
    frames.filter((frame) => outside.has(frame.id) && balance(frame) > 0 === isCaller);
  if (shape === "tall") {
    const all = [...apart(true), ...clusters, ...apart(false)];
    return pack(all, columnHeight(all, aspects.tall));
  }
  const columns = pack(clusters, columnHeight(clusters, aspects.wide));
  return [apart(true), ...columns, apart(false)].filter((column) => column.length > 0);
}

/** Height at which columns together are about `aspect` times as wide as high. */
function columnHeight(frames: readonly FrameLayout[], aspect: number): number {
  const area = frames.reduce((sum, { width, height }) => sum + (width + ROOM) * (height + ROOM / 2), 0);
  const tallest = Math.max(0, ...frames.map(({ height }) => height));
  return Math.max(tallest, Math.sqrt(area / aspect));
}

function pack(frames: readonly FrameLayout[], height: number): Columns {
  const columns: FrameLayout[][] = [];
  let used = Infinity;
  for (const frame of frames) {
    if (used + ROOM / 2 + frame.height > height) {
      columns.push([frame]);
      used = frame.height;
    } else {
      columns.at(-1)?.push(frame);
      used += ROOM / 2 + frame.height;
    }
  }
  return columns;
}

/** Lines that leave a frame less those that enter it. */
function callBalance(graph: ServiceGraph): ReadonlyMap<string, number> {
  const home = new Map(
    graph.frames.flatMap((frame) => frame.groups.flatMap((group) => group.cards.map((card) => [card.id, frame.id]))),
  );
  const balance = new Map<string, number>();
  for (const { sourceId, destId } of graph.lines) {
    const [from, to] = [home.get(sourceId), home.get(destId)];
    if (from === undefined || to === undefined || from === to) continue;
    balance.set(from, (balance.get(from) ?? 0) + 1);
    balance.set(to, (balance.get(to) ?? 0) - 1);
  }
  return balance;
}
