import ELK, { type ElkNode } from "elkjs/lib/elk.bundled.js";

const elk = new ELK();

/** Lays out one graph a message, away from the page's thread; answers under the number that came with it. */
self.onmessage = (event: MessageEvent<{ readonly id: number; readonly graph: ElkNode }>) => {
  const { id, graph } = event.data;
  elk.layout(graph).then(
    (laidOut) => self.postMessage({ id, graph: laidOut }),
    (error: unknown) => self.postMessage({ id, error: String(error) }),
  );
};
