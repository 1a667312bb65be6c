import type { LiveCredential } from "@isthmus/db";
import type { Clock } from "@isthmus/std";

/** Watches what stands behind open streams: one whose session ended, or whose access changed, is ended within `everyMs`. */
export interface SessionWatch {
  /** Registers a stream; call the returned function when it ends. */
  readonly watch: (stream: WatchedStream) => () => void;
  /** How many streams are open, and of how many sessions and API tokens. */
  readonly open: () => OpenStreams;
  /** Checks now, as when a session or somebody's access is announced to have changed. */
  readonly checkNow: () => void;
  readonly close: () => void;
}

/** Streams that are open now. */
export interface OpenStreams {
  readonly streams: number;
  readonly sessions: number;
}

/** Why a stream is ended. */
export type StreamEnd = "session-ended" | "access-changed" | "stopping";

export interface WatchedStream {
  readonly organisationId: string;
  /** Of the session, or of the API token. */
  readonly credentialId: string;
  /** Whether what the stream may tell is what it was when it began. */
  readonly isUnchanged: (now: LiveCredential) => Promise<boolean>;
  readonly end: (why: StreamEnd) => void;
}

/** Those of an organisation's credentials that are worth something. */
export type FindLive = (organisationId: string, credentialIds: readonly string[]) => Promise<readonly LiveCredential[]>;

export interface SessionWatchOptions {
  readonly findLive: FindLive;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** Makes a watch. One question an organisation each round, and no round while no stream is open. */
export function createSessionWatch({ findLive, clock, everyMs, onError }: SessionWatchOptions): SessionWatch {
  const streams = new Set<WatchedStream>();
  let rounds: AbortController | undefined;
  const check = async () => {
    for (const [organisationId, group] of grouped(streams)) {
      const ids = [...new Set(group.map((each) => each.credentialId))];
      const live = new Map((await findLive(organisationId, ids)).map((each) => [each.id, each]));
      for (const stream of group) {
        const now = live.get(stream.credentialId);
        if (now === undefined) stream.end("session-ended");
        else if (!(await stream.isUnchanged(now))) stream.end("access-changed");
      }
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
    open: () => ({
      streams: streams.size,
      sessions: new Set([...streams].map(({ credentialId }) => credentialId)).size,
    }),
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
