import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "../../../../server/server";
import { applyAccessFile } from "./apply";
import { parseAccessFile, type FileProblem } from "./parse";

/** The access file that this process follows, and how it stands. */
export interface FollowedFile {
  readonly path: string;
  /** When it was last taken over; undefined: not yet. */
  readonly appliedAt: Date | undefined;
  /** What is wrong in it now; while there is something, the last good state holds. */
  readonly problems: readonly FileProblem[];
}

type Parts = Pick<Server, "config" | "database" | "clock" | "log">;

const everyMs = 5_000;
// What is wrong may be cured elsewhere: an organisation is made, Postgres comes back.
const againMs = 30_000;

const readText = (path: string) => readFileSync(path, "utf8");

/** Follows the access file of the configuration until it is aborted: at the start, and when it or a secret changes. */
export function followAccessFile(server: Parts, path: string, signal: AbortSignal): () => FollowedFile {
  let state: FollowedFile = { path, appliedAt: undefined, problems: [] };
  let seen = "";
  let triedAtMs = 0;
  const look = async () => {
    const nowMs = server.clock.now();
    const secrets = new Map<string, string>();
    const readSecret = (file: string) => {
      const text = readText(file);
      secrets.set(file, text);
      return text;
    };
    const text = readText(path);
    const parsed = parseAccessFile(text);
    // The files of secrets are read with it, so that a new secret counts like a new line.
    if (parsed.ok) for (const { clientSecretFile } of parsed.value.providers) tryRead(readSecret, clientSecretFile);
    const looks = createHash("sha256")
      .update(JSON.stringify([text, [...secrets]]))
      .digest("hex");
    if (looks === seen && (state.problems.length === 0 || nowMs - triedAtMs < againMs)) return;
    [seen, triedAtMs] = [looks, nowMs];
    const applied = parsed.ok ? await applyAccessFile(server, parsed.value, readSecret) : parsed;
    if (applied.ok) {
      state = { path, appliedAt: new Date(nowMs), problems: [] };
      server.log.info({ path, changes: applied.value }, "the access file was taken over");
    } else {
      say(applied.error);
    }
  };
  const say = (problems: readonly FileProblem[]) => {
    if (JSON.stringify(problems) !== JSON.stringify(state.problems)) {
      server.log.error({ path, problems }, "the access file is wrong; the last good state holds");
    }
    state = { ...state, problems };
  };
  const run = async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        seen = "";
        say([{ line: 0, message: error instanceof Error ? error.message : String(error) }]);
      });
      await server.clock.sleep(everyMs, signal).catch(() => undefined);
    }
  };
  void run();
  return () => state;
}

function tryRead(readSecret: (path: string) => string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    readSecret(path);
  } catch {
    // Said with its line when the file is applied.
  }
}
