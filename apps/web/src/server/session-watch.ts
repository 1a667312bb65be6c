import type { Clock } from "@isthmus/std";

/** Watches the sessions behind open streams: a stream whose session ended is ended within `everyMs`. */
export interface SessionWatch {
  /** Registers a stream; call the returned function when it ends. */
  readonly watch: (stream: WatchedStream) => () => void;
  /** Checks now, as when a session is announced to have changed. */
  readonly checkNow: () => void;
  readonly close: () => void;
}

export interface WatchedStream {
  readonly organisationId: string;
  readonly sessionId: string;
  /** Ends the stream, because its session ended or because the process stops. */
  readonly end: (why: "session-ended" | "stopping") => void;
}

/** Which of an organisation's sessions have ended. */
export type FindEndedSessions = (organisationId: string, sessionIds: readonly string[]) => Promise<readonly string[]>;

export interface SessionWatchOptions {
  readonly findEnded: FindEndedSessions;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** Makes a watch. One question an organisation each round, and no round while no stream is open. */
export function createSessionWatch({ findEnded, clock, everyMs, onError }: SessionWatchOptions): SessionWatch {
  const streams = new Set<WatchedStream>();
  let rounds: AbortController | undefined;
  const check = async () => {
    for (const [organisationId, group] of grouped(streams)) {
      const ended = new Set(await findEnded(organisationId, [...new Set(group.map((each) => each.sessionId))]));
      for (const stream of group) if (ended.has(stream.sessionId)) stream.end("session-ended");
    }
  };
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => undefined);
      if (!signal.aborted) await check().catch(onError);
    }
  };
  const stop = () => {
    rounds?.abort();
    rounds = undefined;
  };
  return {
    watch: (stream) => {
      streams.add(stream);
      if (rounds === undefined) {
        rounds = new AbortController();
        void run(rounds.signal);
      }
      return () => {
        streams.delete(stream);
        if (streams.size === 0) stop();
      };
    },
    checkNow: () => void check().catch(onError),
    close: () => {
      stop();
      for (const stream of streams) stream.end("stopping");
      streams.clear();
    },
  };
}

function grouped(streams: ReadonlySet<WatchedStream>): ReadonlyMap<string, readonly WatchedStream[]> {
  const groups = new Map<string, WatchedStream[]>();
  for (const stream of streams)
    groups.set(stream.organisationId, [...(groups.get(stream.organisationId) ?? []), stream]);
  return groups;
}
