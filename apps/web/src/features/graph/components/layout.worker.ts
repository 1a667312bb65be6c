import ELK from "elkjs/lib/elk.bundled.js";
import type { Shape } from "../model/columns";
import type { ServiceGraph } from "../model/graph";
import { layOutGraph } from "../model/layout";

const elk = new ELK();

/** Lays out one graph a message, away from the page's thread; answers under the number that came with it. */
self.onmessage = (
  event: MessageEvent<{ readonly id: number; readonly graph: ServiceGraph; readonly shape: Shape }>,
) => {
  const { id, graph, shape } = event.data;
  layOutGraph(graph, { shape, layOut: (each) => elk.layout(each) }).then(
    (layout) => self.postMessage({ id, layout }),
    (error: unknown) => self.postMessage({ id, error: String(error) }),
  );
};
