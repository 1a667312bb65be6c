/** TCP port on which probe pods listen, and the only one that an agent dials when it is told to probe. */
export const PROBE_PORT = 7460;

/** Orders that an agent takes at once. */
export const MAX_PROBE_ORDERS = 200;
