import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";

/** An HTTP proxy that opens tunnels (CONNECT), for those who give its user and password, or for all where it has none. */
export class ConnectProxy {
  /** What it was asked to connect to, and what it answered. */
  readonly asked: string[] = [];
  /** Takes connections and never answers. */
  isSilent = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(credentials?: string) {
    const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    this.#server = createServer((_, response) => response.writeHead(405).end());
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", ({ url = "", headers }, socket: Socket) => {
      if (this.isSilent) return void socket.resume().once("end", () => socket.destroy());
      const status = expected === undefined || headers["proxy-authorization"] === expected ? 200 : 407;
      this.asked.push(`${url} ${status}`);
      if (status !== 200) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      const { hostname, port } = new URL(`http://${url}`);
      const onward = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      this.#keep(onward);
      onward.once("close", () => socket.destroy());
    });
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Connections that are open to it or by it. */
  get open(): number {
    return this.#sockets.size;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
