import type { ApiAnswer } from "./request";
import type { WatchSink } from "./watch";

/** A whole answer, or a watch that begins when it is given a sink. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: ApiAnswer }
  | { readonly kind: "text"; readonly code: number; readonly text: string }
  | { readonly kind: "watch"; readonly run: (sink: WatchSink) => void };
