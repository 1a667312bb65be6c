import type { Socket } from "node:net";
import { ProbeOutcome } from "@isthmus/protocol";
import type { Dial, DialProblem, ProbeTarget } from "./dial";
import { MAX_LINE_BYTES, questionOf, seenIn } from "./wire";

/** What one probe found. */
export interface ProbeFinding {
  readonly outcome: ProbeOutcome;
  /** 0 where nothing answered. */
  readonly roundTripUs: number;
  readonly ownAddress: string;
  readonly seenAddress: string;
  readonly message: string;
}

/** What probing needs. */
export interface ProbeParts {
  readonly dial: Dial;
  /** 32 hexadecimal digits, new each time. */
  readonly nonce: () => string;
  /** In ms, of any origin, as exact as the machine has it. */
  readonly stopwatch: () => number;
  readonly timeoutMs: number;
}

const OUTCOMES: Readonly<Record<DialProblem["outcome"], ProbeOutcome>> = {
  refused: ProbeOutcome.REFUSED,
  timeout: ProbeOutcome.TIMEOUT,
  unreachable: ProbeOutcome.UNREACHABLE,
  failed: ProbeOutcome.FAILED,
};

/** Dials a probe pod, asks it once and hangs up. It never rejects. */
export async function probe(parts: ProbeParts, target: ProbeTarget): Promise<ProbeFinding> {
  const startedMs = parts.stopwatch();
  const dialled = await parts.dial(target, parts.timeoutMs);
  if (!dialled.ok) return nothing(OUTCOMES[dialled.error.outcome], dialled.error.message);
  const { socket, ownAddress } = dialled.value;
  const nonce = parts.nonce();
  const line = await ask(socket, questionOf(nonce), parts.timeoutMs);
  const roundTripUs = Math.round((parts.stopwatch() - startedMs) * 1_000);
  socket.destroy();
  if (line === undefined)
    return { ...nothing(ProbeOutcome.TIMEOUT, "the connection was made, and nothing came over it"), ownAddress };
  const seenAddress = seenIn(line, nonce);
  if (seenAddress === undefined)
    return {
      ...nothing(ProbeOutcome.OTHER_ANSWER, "something that is no probe pod answered"),
      ownAddress,
      roundTripUs,
    };
  return { outcome: ProbeOutcome.ANSWERED, roundTripUs, ownAddress, seenAddress, message: "" };
}

const nothing = (outcome: ProbeOutcome, message: string): ProbeFinding => ({
  outcome,
  roundTripUs: 0,
  ownAddress: "",
  seenAddress: "",
  message,
});

/** The first line that comes back, or what came before the other end closed; undefined where nothing came in time. */
function ask(socket: Socket, question: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let heard = "";
    const timer = setTimeout(() => done(undefined), timeoutMs);
    const done = (line: string | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners("data");
      resolve(line);
    };
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (heard.includes("\n") || heard.length > MAX_LINE_BYTES) done(heard.split("\n")[0]);
    });
    socket.once("close", () => done(heard === "" ? undefined : heard));
    socket.write(question);
    socket.resume();
  });
}
