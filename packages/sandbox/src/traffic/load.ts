import type { Random } from "./random";

/** The day of a shop, shortened: a slow wave with noise. */
export interface LoadShape {
  /** Length of a wave, in ms. */
  readonly periodMs: number;
  /** How far load swings around its mean, 0 to 1. */
  readonly swing: number;
  /** How far one moment differs from the next, 0 to 1. */
  readonly noise: number;
}

/** Twenty minutes from trough to trough: visible within one look at a graph. */
export const DEMO_LOAD: LoadShape = { periodMs: 20 * 60 * 1000, swing: 0.45, noise: 0.25 };

/** Factor on the mean load at a moment, never negative; its mean over a wave is 1. */
export function loadFactor(shape: LoadShape, nowMs: number, random: Random): number {
  const wave = 1 + shape.swing * Math.sin((2 * Math.PI * nowMs) / shape.periodMs);
  return Math.max(0, wave * (1 + shape.noise * (2 * random() - 1)));
}

/** How many of a stream of independent events with mean `mean` fall into one step (Knuth's method, for small means). */
export function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let events = 0;
  for (let product = random(); product > limit; product *= random()) events += 1;
  return events;
}
