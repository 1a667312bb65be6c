import { createServer } from "node:net";
import { EmbeddedPostgresError } from "./errors";

/** The port to listen on: the wanted one if it is free, or for 0 any free one. */
export function claimPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, wanted)));
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : wanted));
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new EmbeddedPostgresError(
      "port-taken",
      `port ${port} on 127.0.0.1, where Postgres is to listen, is taken: stop what listens there or choose another port`,
    );
  }
  return new EmbeddedPostgresError("port-taken", `Postgres cannot listen on 127.0.0.1:${port}: ${error.message}`);
}
