import type { Box } from "./geometry";

/** Where the picture stands: moved by x and y px, then scaled. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** A width and a height in px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const PADDING = 20;
const LARGEST = 1.25;
/** How small the picture may become before it begins at its top left and is moved; a hand moves it more easily. */
const SMALLEST = { desk: 0.4, phone: 0.7 } as const;
const PHONE = 640;

/** The whole picture in the middle of its room, as long as it can be read there. */
export function fitInto(size: Size, room: Size): View {
  const whole = Math.min((room.width - 2 * PADDING) / size.width, (room.height - 2 * PADDING) / size.height);
  const smallest = room.width < PHONE ? SMALLEST.phone : SMALLEST.desk;
  const k = Math.max(smallest, Math.min(LARGEST, whole));
  return {
    x: Math.max(PADDING, (room.width - size.width * k) / 2),
    y: Math.max(PADDING, (room.height - size.height * k) / 2),
    k,
  };
}

/** The part of the picture that is seen; undefined while all of it is. */
export function seenPart(view: View, size: Size, room: Size): Box | undefined {
  const [left, top] = [-view.x / view.k, -view.y / view.k];
  const seen = { x: left, y: top, width: room.width / view.k, height: room.height / view.k };
  const all = left <= 0 && top <= 0 && left + seen.width >= size.width && top + seen.height >= size.height;
  return all || room.width === 0 ? undefined : seen;
}
