import { connect, type Socket } from "node:net";
import { err, ok, type Result } from "@isthmus/std";
import { parseAddressText } from "./address-text";

/** Where to dial. */
export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
}

/** A connection, with the address that the agent has in the pod network. */
export interface DialledProbe {
  readonly socket: Socket;
  /** Empty: not known. */
  readonly ownAddress: string;
}

/** Why there is no connection. */
export interface DialProblem {
  readonly outcome: "refused" | "timeout" | "unreachable" | "failed";
  readonly message: string;
}

/** Makes a connection to a pod's address. */
export type Dial = (target: ProbeTarget, timeoutMs: number) => Promise<Result<DialledProbe, DialProblem>>;

/** Dials from where the agent runs: in the pod network. */
export const dialDirectly: Dial = async (target, timeoutMs) => {
  const opened = await openSocket(target, timeoutMs);
  if (!opened.ok) return opened;
  return ok({ socket: opened.value, ownAddress: parseAddressText(opened.value.localAddress ?? "") });
};

const OUTCOMES: Readonly<Record<string, DialProblem["outcome"]>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
};

/** Opens a TCP connection within a time. */
export function openSocket({ address, port }: ProbeTarget, timeoutMs: number): Promise<Result<Socket, DialProblem>> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(err({ outcome: "timeout", message: `no answer from ${address} within ${timeoutMs / 1_000} s` }));
    }, timeoutMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      // Whoever reads it hears of a later error; a socket without a listener for one would end the process.
      socket.on("error", () => undefined);
      resolve(ok(socket));
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(err({ outcome: OUTCOMES[error.code ?? ""] ?? "failed", message: error.message }));
    });
  });
}
