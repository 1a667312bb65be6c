/** Rows that a reader takes in one batch; a builder puts fewer into one (MAX_ROWS_A_PART). */
export const MAX_ROWS_A_BATCH = 20_000;

/** Entries of a batch's table of strings: a different one for each row and column of names, and for hits. */
export const MAX_STRINGS = 16 * MAX_ROWS_A_BATCH;

/** Entries of a batch's tables of hits and of traces. */
export const MAX_HITS = 50_000;
export const MAX_TRACES = 2 * MAX_ROWS_A_BATCH + 1;

/** Policies that one trace may name. */
export const MAX_TRACE_LENGTH = 200;

/** Triggers of triggers. */
export const MAX_TRIGGER_DEPTH = 8;

/** Bytes to which a batch may come when every row is written out with its strings and traces. */
export const MAX_EXPANDED_BYTES = 64 * 1024 * 1024;

/** The largest port. */
export const MAX_PORT = 0xffff;
