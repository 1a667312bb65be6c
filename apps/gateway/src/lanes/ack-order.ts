/** Acknowledges what was begun in order, however it ends: a number says that it and all before it are done. */
export interface AckOrder {
  /** Begins one; the function that it gives is called when that one is done. */
  begin(sequence: bigint): () => void;
}

/** Makes an order; `acknowledge` is called with the highest number up to which everything is done. */
export function createAckOrder(acknowledge: (sequence: bigint) => void): AckOrder {
  const open: { readonly sequence: bigint; done: boolean }[] = [];
  return {
    begin: (sequence) => {
      const own = { sequence, done: false };
      open.push(own);
      return () => {
        own.done = true;
        const ready = open.findIndex(({ done }) => !done);
        const [last] = open.splice(0, ready < 0 ? open.length : ready).slice(-1);
        if (last !== undefined) acknowledge(last.sequence);
      };
    },
  };
}
