import { createServer } from "node:http";
import type { Registry } from "prom-client";
import type { Address } from "../config";

/** Where metrics are served; never where people come in. */
export interface MetricsServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves `GET /metrics` and nothing else. Rejects with the setting's name where the port cannot be had. */
export async function serveMetrics({ host, port }: Address, registry: Registry): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const text = (status: number, body: string, type = "text/plain; charset=utf-8") =>
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
    if (request.url?.split("?")[0] !== "/metrics") return text(404, "not found: there is /metrics\n");
    registry.metrics().then(
      (body) => text(200, body, registry.contentType),
      (error: unknown) => text(500, `${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          cause.code === "EADDRINUSE"
            ? `ISTHMUS_WEB_METRICS_LISTEN: port ${port} is taken on ${host}; stop what uses it or choose another`
            : `ISTHMUS_WEB_METRICS_LISTEN: cannot listen on ${host}:${port} (${cause.message})`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      // Nothing else depends on it: a socket's trouble must not end the process.
      server.on("error", () => undefined);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
