import { createServer, type Server } from "node:http";

/** What the health server answers with. */
export interface HealthAnswers {
  /** Why the agent should be restarted; empty while it lives. */
  readonly notAlive: () => string;
  /** Whether it is ready, and a sentence that says more: which replica this is, or why it is not ready. */
  readonly ready: () => Readiness;
  readonly metrics: () => Promise<string>;
}

/** An answer of `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  readonly text: string;
}

/** Serves `/healthz`, `/readyz` and `/metrics`; resolves when it listens, with how to stop it. */
export function serveHealth(
  at: { readonly host: string; readonly port: number },
  answers: HealthAnswers,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const say = (status: number, text: string): void => {
      response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
    };
    switch (request.url?.split("?")[0]) {
      case "/healthz":
        return say(answers.notAlive() === "" ? 200 : 503, `${answers.notAlive() || "ok"}\n`);
      case "/readyz": {
        const { ready, text } = answers.ready();
        return say(ready ? 200 : 503, `${text}\n`);
      }
      case "/metrics":
        void answers.metrics().then((text) => say(200, text));
        return;
      default:
        return say(404, "only /healthz, /readyz and /metrics are served here\n");
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      resolve({ port: portOf(server), close: () => void server.close() });
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
