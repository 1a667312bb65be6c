import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { MAX_LINE_BYTES, answerOf, nonceOf } from "./wire";

/** A running answerer. */
export interface ProbeAnswerer {
  readonly port: number;
  close(): void;
}

/** How much it takes; a kubelet's TCP check opens and closes a connection without a word, which is fine. */
const MAX_CONNECTIONS = 64;
const PATIENCE_MS = 5_000;

/** Answers probes: one line for one line, then it closes. It reads nothing of the cluster and keeps nothing. */
export async function serveProbeAnswers(listen: {
  readonly host: string;
  readonly port: number;
}): Promise<ProbeAnswerer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.once("error", () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    answer(socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Without a host: on every address of both versions, or of IPv4 where the node has no other.
  if (listen.host === "") server.listen(listen.port);
  else server.listen(listen.port, listen.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function answer(socket: Socket): void {
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    const end = heard.indexOf("\n");
    if (end < 0 && heard.length <= MAX_LINE_BYTES) return;
    const nonce = nonceOf(heard.slice(0, Math.max(0, end)));
    socket.removeAllListeners("data");
    if (nonce === undefined) socket.destroy();
    else socket.end(answerOf(nonce, socket.remoteAddress ?? ""));
  });
}
