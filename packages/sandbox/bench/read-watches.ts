// A process of its own that holds many watches open, so that reading them takes nothing from who makes the changes. It
// looks for the mark of each change in the bytes and reads nothing else.
import * as https from "node:https";

/** What the process is told to read. */
export interface ReadingTask {
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly watches: number;
  /** How many changes there will be; they are numbered from 1. */
  readonly changes: number;
}

/** What the process says: that all watches are open, and in the end what they saw. */
export type ReadingReport =
  | { readonly kind: "open" }
  | {
      readonly kind: "read";
      /** When the last of the watches had seen each change, on the system's monotonic clock, in ms. */
      readonly lastSeenAtMs: readonly number[];
      /** Watches that ended before they had seen all. */
      readonly cutOff: number;
      /** One for each order in which changes were seen. */
      readonly orders: readonly number[];
      readonly megabytes: number;
    };

const marker = Buffer.from('"bench-revision":"');
const quote = 0x22;
/** A mark with its number is shorter. */
const seamBytes = 64;

/** The numbers that stand in the bytes of one watch, whatever the pieces in which they come. */
class RevisionReader {
  #rest: Buffer = Buffer.alloc(0);

  read(piece: Buffer, found: (revision: number) => void): void {
    // The seam is looked at by itself: a copy of every piece would be half of this process's work.
    const seam = Buffer.concat([this.#rest, piece.subarray(0, seamBytes)]);
    const inSeam = scan(seam, { from: 0, before: this.#rest.length }, found);
    const from = Math.max(0, inSeam - this.#rest.length);
    const end = scan(piece, { from, before: piece.length }, found);
    const whole = piece.length >= seamBytes ? piece : seam;
    const done = piece.length >= seamBytes ? end : Math.max(inSeam, end + this.#rest.length);
    this.#rest = Buffer.from(whole.subarray(Math.max(done, whole.length - seamBytes)));
  }
}

/** Finds whole marks that begin before a place; gives where the last one ends. */
function scan(
  bytes: Buffer,
  { from, before }: { readonly from: number; readonly before: number },
  found: (revision: number) => void,
): number {
  let done = from;
  for (let place = bytes.indexOf(marker, from); place >= 0 && place < before; place = bytes.indexOf(marker, done)) {
    const at = place + marker.length;
    const to = bytes.indexOf(quote, at);
    if (to < 0) return done;
    found(Number(bytes.toString("latin1", at, to)));
    done = to;
  }
  return done;
}

function say(report: ReadingReport): void {
  process.send?.(report);
}

async function readAll({ url, tls, watches, changes }: ReadingTask): Promise<void> {
  const agent = new https.Agent({ ...tls, maxSockets: Number.POSITIVE_INFINITY });
  const lastSeenAtMs = Array.from({ length: changes }, () => 0);
  const orders = new Set<number>();
  let [bytes, cutOff, open, over] = [0, 0, watches, 0];
  const end = () => {
    over += 1;
    if (over === watches) say({ kind: "read", lastSeenAtMs, cutOff, orders: [...orders], megabytes: bytes / 1e6 });
  };
  for (let each = 0; each < watches; each += 1) {
    const request = https.get(url, { agent }, (response) => {
      if (response.statusCode !== 200) throw new Error(`a watch was answered ${response.statusCode}`);
      const reader = new RevisionReader();
      let [seen, order] = [0, 0];
      response.on("data", (piece: Buffer) => {
        bytes += piece.length;
        const at = Number(process.hrtime.bigint()) / 1e6;
        reader.read(piece, (revision) => {
          seen += 1;
          order = (Math.imul(order, 31) + revision) | 0;
          lastSeenAtMs[revision - 1] = at;
        });
        if (seen < changes) return;
        orders.add(order);
        request.destroy();
      });
      response.on("error", () => {});
      response.once("close", () => {
        if (seen < changes) cutOff += 1;
        end();
      });
      open -= 1;
      if (open === 0) say({ kind: "open" });
    });
    request.on("error", (error) => {
      if (!request.destroyed) throw error;
    });
  }
}

process.once("message", (task) => void readAll(task as ReadingTask));
process.once("disconnect", () => process.exit(0));
