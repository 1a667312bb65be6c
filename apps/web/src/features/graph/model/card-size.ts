import type { GraphCard } from "./graph";

/** Width of every card in px. */
export const CARD_WIDTH = 136;
const NAME_HEIGHT = 26;
const PORT_HEIGHT = 18;
const PADDING = 4;

/** Height at which a card's own calls leave it. */
export const CALL_Y = NAME_HEIGHT / 2 + 4;

/** Height of a card: its name, a line for each port that it answers on, and room to breathe. */
export const cardHeight = (card: GraphCard): number =>
  NAME_HEIGHT + Math.max(1, card.ports.length) * PORT_HEIGHT + PADDING;

/** Middle of a port's line, from the top of its card. */
export const portY = (index: number): number => NAME_HEIGHT + index * PORT_HEIGHT + PORT_HEIGHT / 2;
