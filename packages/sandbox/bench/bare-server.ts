// The floor beside which watches are measured: an HTTPS server of Node that does nothing but write each changed object
// to every open answer. It keeps no journal, orders nothing, and cuts nobody off.
import type { ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";

/** What the process is told to serve. */
export interface BareTask {
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** The answer to a list, as the sandbox gave it. */
  readonly list: string;
}

interface List {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly annotations?: object };
  }[];
}

process.once("message", (message) => {
  const { tls, list } = message as BareTask;
  const pods = new Map(
    (JSON.parse(list) as List).items.map((pod) => [
      `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`,
      pod,
    ]),
  );
  const watches = new Set<ServerResponse>();
  const server = https.createServer({ ...tls, requestCert: true }, (request, response) => {
    const path = request.url ?? "";
    if (path.includes("watch=true")) {
      watches.add(response.writeHead(200, { "content-type": "application/json" }));
      response.flushHeaders();
      response.once("close", () => watches.delete(response));
      return;
    }
    const pod = pods.get(path);
    if (pod === undefined) return void response.end(list);
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { metadata } = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { metadata: { annotations: object } };
      const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
      const text = JSON.stringify({ ...pod, metadata: { ...pod.metadata, annotations } });
      const frame = Buffer.from(`{"type":"MODIFIED","object":${text}}\n`);
      for (const watch of watches) watch.write(frame);
      response.end(text);
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});
process.once("disconnect", () => process.exit(0));
