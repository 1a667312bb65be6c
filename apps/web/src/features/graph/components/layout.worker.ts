import ELK from "elkjs/lib/elk.bundled.js";
import type { ServiceGraph } from "../model/graph";
import { layOutGraph } from "../model/layout";

const elk = new ELK();

/** Lays out one graph a message, away from the page's thread; answers under the number that came with it. */
self.onmessage = (event: MessageEvent<{ readonly id: number; readonly graph: ServiceGraph }>) => {
  const { id, graph } = event.data;
  layOutGraph(graph, (each) => elk.layout(each)).then(
    (layout) => self.postMessage({ id, layout }),
    (error: unknown) => self.postMessage({ id, error: String(error) }),
  );
};
