import { create } from "@bufbuild/protobuf";
import { ExaminationSchema, FindingState as WireState, type Examination } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import { endedOrAborted } from "../ended-or-aborted";
import type { Examined } from "./examine";
import type { FindingState } from "./finding";

/** What examining again and again needs. */
export interface ExaminerOptions {
  readonly examine: () => Promise<Examined>;
  readonly agentVersion: string;
  /** There is a new examination. */
  readonly examined: (examination: Examination) => void;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Logger;
}

const EVERY_MS = 600_000;

const STATES: Readonly<Record<FindingState, WireState>> = {
  ok: WireState.OK,
  warning: WireState.WARNING,
  failing: WireState.FAILING,
  unknown: WireState.UNKNOWN,
  "not-applicable": WireState.NOT_APPLICABLE,
};

/** Examines at the start, every ten minutes, when asked and after a change; one examination at a time. */
export class Examiner {
  readonly #options: ExaminerOptions;
  #asked = 0n;
  /** Something has happened, or was asked, since the last examination began. */
  #due = false;
  #wake: () => void = () => undefined;
  latest: Examination | undefined;

  constructor(options: ExaminerOptions) {
    this.#options = options;
  }

  /** Asks for an examination that begins after this; what is asked meanwhile is answered by the next one. */
  ask(number: bigint): void {
    // A gateway that asks again, since it was not heard, is answered by what is under way. Its numbers may begin anew, when
    // its database was restored.
    if (number === this.#asked) return;
    this.#asked = number;
    this.again();
  }

  /** Has it examined once more, since what was seen has changed. */
  again(): void {
    this.#due = true;
    this.#wake();
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#due = false;
      const answers = this.#asked;
      // It may wait for a minute for gateways that do not answer, and changes nothing: nobody waits for its end.
      await endedOrAborted(this.#examine(answers, signal), signal);
      await this.#pause(signal);
    }
  }

  async #examine(answers: bigint, signal: AbortSignal): Promise<void> {
    const { examine, agentVersion, examined, log } = this.#options;
    try {
      const { examinedAtMs, tookMs, findings } = await examine();
      if (signal.aborted) return;
      this.latest = create(ExaminationSchema, {
        examinedAtMs: BigInt(examinedAtMs),
        tookMs: Math.max(0, Math.round(tookMs)),
        agentVersion,
        findings: findings.map((finding) => ({ ...finding, state: STATES[finding.state] })),
        answers,
      });
      const failing = findings.flatMap(({ id, state }) => (state === "failing" ? [id] : []));
      log.info({ tookMs, findings: findings.length, failing }, "the cluster was examined");
      examined(this.latest);
    } catch (cause) {
      if (!signal.aborted) log.error({ err: cause }, "the cluster could not be examined");
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#due) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const stop = (): void => woken.abort();
    signal.addEventListener("abort", stop, { once: true });
    await this.#options.clock.sleep(EVERY_MS, woken.signal).catch(() => undefined);
    signal.removeEventListener("abort", stop);
  }
}
