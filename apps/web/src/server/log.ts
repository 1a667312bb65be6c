import pino from "pino";

/** The process's log: JSON lines on stdout. */
export type Log = pino.Logger;

/** Opens the log. Passwords, cookies and tokens are never passed to it. */
export const createLog = (level: string): Log => pino({ level, base: { process: "web" } });
