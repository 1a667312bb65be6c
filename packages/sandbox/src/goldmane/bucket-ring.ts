import { mergeFlows, type Flow } from "./flow";

/** A flow with the id that Goldmane gave its key. */
export interface IdentifiedFlow {
  readonly id: number;
  readonly flow: Flow;
}

/** Flows of one bucket of time, each with the bucket's start and end. */
export interface Bucket {
  /** Unix seconds, inclusive. */
  readonly start: number;
  /** Unix seconds, exclusive. */
  readonly end: number;
  readonly flows: readonly IdentifiedFlow[];
}

interface Slot {
  readonly start: number;
  readonly flows: Map<string, Flow>;
}

interface KnownKey {
  readonly id: number;
  /** The newest bucket that holds the key. */
  lastStart: number;
}

/** Shape of a ring. */
export interface RingOptions {
  readonly bucketSeconds: number;
  readonly bucketCount: number;
  readonly lagBuckets: number;
}

/**
 * Goldmane's buckets. The head is one bucket in the future, to bear clocks that run ahead; the one before it is being
 * filled. Time only passes by `rollover`.
 */
export class BucketRing {
  private slots: Slot[];
  private readonly keys = new Map<string, KnownKey>();
  private nextId = 1;

  constructor(
    private readonly options: RingOptions,
    nowSeconds: number,
  ) {
    const { bucketSeconds, bucketCount } = options;
    const head = Math.floor(nowSeconds / bucketSeconds) * bucketSeconds + bucketSeconds;
    this.slots = Array.from({ length: bucketCount }, (_, index) =>
      emptySlot(head - (bucketCount - 1 - index) * bucketSeconds),
    );
  }

  /** Start of the future bucket: when the next rollover is due, in Unix seconds. */
  get headStart(): number {
    return this.slotFromHead(0).start;
  }

  /** Start of the oldest bucket that is kept. */
  get historyStart(): number {
    return this.headStart - (this.options.bucketCount - 1) * this.options.bucketSeconds;
  }

  /** Start of the bucket that the next rollover streams: what history ends before, so that each is sent once. */
  get streamStart(): number {
    return this.slotFromHead(this.options.lagBuckets).start;
  }

  /** Adds to the bucket of the flow's start; false where that is out of the ring and the flow is dropped. */
  add(flow: Flow): boolean {
    const slot = this.slotAt(flow.startTime);
    if (slot === undefined) return false;
    const placed = { ...flow, startTime: slot.start, endTime: slot.start + this.options.bucketSeconds };
    const known = slot.flows.get(flow.key);
    slot.flows.set(flow.key, known === undefined ? placed : mergeFlows(known, placed));
    this.remember(flow.key, slot.start);
    return true;
  }

  /** Ends the current bucket: gives the one that is now due to be streamed and forgets the oldest. */
  rollover(): Bucket {
    const streamed = this.bucketOf(this.slotFromHead(this.options.lagBuckets));
    this.slots = [...this.slots.slice(1), emptySlot(this.headStart + this.options.bucketSeconds)];
    for (const [key, known] of this.keys) if (known.lastStart < this.historyStart) this.keys.delete(key);
    return streamed;
  }

  /** The bucket that holds `seconds`, undefined out of the ring. */
  bucketAt(seconds: number): Bucket | undefined {
    const slot = this.slotAt(seconds);
    return slot === undefined ? undefined : this.bucketOf(slot);
  }

  /** Buckets whose start lies in [gte, lt), oldest first. */
  buckets(gte: number, lt: number): readonly Bucket[] {
    return this.slots.filter(({ start }) => start >= gte && start < lt).map((slot) => this.bucketOf(slot));
  }

  private slotFromHead(back: number): Slot {
    const slot = this.slots.at(-1 - back);
    if (slot === undefined) throw new Error(`the ring has no bucket ${back} behind its head`);
    return slot;
  }

  private slotAt(seconds: number): Slot | undefined {
    return this.slots[Math.floor((seconds - this.historyStart) / this.options.bucketSeconds)];
  }

  private remember(key: string, start: number): void {
    const known = this.keys.get(key);
    if (known !== undefined) known.lastStart = Math.max(known.lastStart, start);
    else this.keys.set(key, { id: this.nextId++, lastStart: start });
  }

  private bucketOf(slot: Slot): Bucket {
    const flows = [...slot.flows].map(([key, flow]) => ({ id: this.keys.get(key)?.id ?? -1, flow }));
    return { start: slot.start, end: slot.start + this.options.bucketSeconds, flows };
  }
}

function emptySlot(start: number): Slot {
  return { start, flows: new Map() };
}
