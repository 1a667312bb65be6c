/** Bounds of who may come in. */
export interface EntranceLimits {
  /** Connections of one gateway, whatever they have shown. */
  readonly connections: number;
  /** Connections that have proved nothing yet: whoever says nothing takes no more than these places, and no others. */
  readonly unproven: number;
  /** Agents that have proved themselves and are being admitted at once, which asks the database. */
  readonly admissions: number;
  /** How many are told to come back in a second. */
  readonly perSecond: number;
  /** The longest that anybody is told to wait, in ms. */
  readonly longestWaitMs: number;
}

/** The bounds in use. At 60 a second a thousand agents that were sent away are back in within 17 s. */
export const ENTRANCE_LIMITS: EntranceLimits = {
  connections: 2_000,
  unproven: 1_000,
  admissions: 48,
  perSecond: 60,
  longestWaitMs: 30_000,
};

/** How full a gateway is. */
export interface EntranceUse {
  readonly connections: number;
  readonly unproven: number;
  readonly admissions: number;
}

/** Whether somebody may come in, or when to ask again. */
export type EntranceAnswer = { readonly kind: "enter" } | { readonly kind: "come-back"; readonly afterMs: number };

/** Where agents are let in, at the pace at which they can be served. */
export interface Entrance {
  /** Asked twice of each: when it dials, and when it has proved itself. */
  ask(use: EntranceUse, nowMs: number): EntranceAnswer;
}

/**
 * Makes an entrance. Who finds no room is given a place of its own in time, so that a fleet that was sent away does not
 * come back at once; beyond the longest wait places are drawn by lot.
 */
export function createEntrance(limits: EntranceLimits, random: () => number): Entrance {
  const spacingMs = 1_000 / limits.perSecond;
  let nextPlaceMs = Number.NEGATIVE_INFINITY;
  return {
    ask: (use, nowMs) => {
      const isRoom =
        use.connections < limits.connections && use.unproven < limits.unproven && use.admissions < limits.admissions;
      if (isRoom) return { kind: "enter" };
      nextPlaceMs = Math.max(nextPlaceMs, nowMs + 1_000) + spacingMs;
      const waitMs = nextPlaceMs - nowMs;
      if (waitMs <= limits.longestWaitMs) return { kind: "come-back", afterMs: Math.ceil(waitMs) };
      nextPlaceMs -= spacingMs;
      return { kind: "come-back", afterMs: Math.ceil(limits.longestWaitMs * (0.5 + random() / 2)) };
    },
  };
}
