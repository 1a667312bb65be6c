import { createServer, type Server } from "node:https";
import { connect, type Socket } from "node:net";
import type { IncomingMessage } from "node:http";

/** A load balancer that ends TLS and passes WebSockets on in clear, to whichever gateway it is told. */
export class TlsTerminator {
  /** Port of the gateway that new connections go to; 0: none, as while all are down. */
  target = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(certificate: { readonly cert: string; readonly key: string }) {
    this.#server = createServer(certificate, (_, response) => response.writeHead(404).end());
    this.#server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#pass(request, socket, head),
    );
  }

  /** The address that agents dial. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `wss://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  /** Cuts every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.drop();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #pass(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.target === 0) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    const onward = connect(this.target, "127.0.0.1", () => {
      const headers = request.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ""}`] : [],
      );
      const lines = [`GET ${request.url ?? "/"} HTTP/1.1`, ...headers, "X-Forwarded-Proto: https", "", ""];
      onward.write(lines.join("\r\n"));
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const each of [socket, onward]) {
      this.#sockets.add(each);
      each.on("error", () => undefined);
      each.once("close", () => {
        this.#sockets.delete(each);
        socket.destroy();
        onward.destroy();
      });
    }
  }
}
