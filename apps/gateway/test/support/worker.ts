import { bucket, evidence, flowsOf, recentBucket } from "./evidence";
import { dialCredential, enrol, type StackOn } from "./stack";
import { namespace, sendDelta, sync, type HeldResource } from "./state";
import type { TestAgent } from "./test-agent";

/** An agent that reports changes and evidence, one after another, until its gateway says that it goes away. */
export interface Worker {
  readonly agent: TestAgent;
  readonly clusterId: string;
  /** What its cluster holds, whether it was acknowledged or not. */
  readonly held: readonly HeldResource[];
  /** Batches of one flow that it has made, whether they were acknowledged or not. */
  readonly batches: number;
  /** Resolves when it has stopped, acknowledged or cut off. */
  readonly ended: Promise<void>;
  /** Goes on at another gateway: what was not acknowledged comes again. */
  moveTo(port: number): Promise<TestAgent>;
}

/** Enrols a cluster and begins. */
export async function startWorker(stack: StackOn, port: number, name: string): Promise<Worker> {
  const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, port, name);
  const held: HeldResource[] = [namespace("base")];
  await sync(agent, held);
  let batches = 0;
  const first = recentBucket(200);
  const batchOf = (index: number) => bucket(first + index * 15, flowsOf(1))[0]!;
  const step = async (): Promise<void> => {
    batches += 1;
    agent.send({ case: "evidence", value: evidence(batches, welcome.leaseTerm, batchOf(batches)) });
    const next = namespace(`n-${held.length}`);
    held.push(next);
    await sendDelta(agent, BigInt(held.length - 1), { upserts: [next] });
  };
  const work = async (): Promise<void> => {
    while (!agent.isDraining && agent.closeReason === undefined) await step();
    agent.close();
  };
  return {
    agent,
    clusterId,
    held,
    get batches() {
      return batches;
    },
    ended: work().catch(() => agent.close()),
    moveTo: async (to) => {
      const moved = dialCredential(stack, { port: to, credentialId, key, clusterUid });
      const { leaseTerm } = await moved.opened();
      await sync(moved, held);
      const acknowledged = Number(agent.received("evidenceAck").at(-1)?.sequence ?? 0n);
      for (let sequence = acknowledged + 1; sequence <= batches; sequence += 1) {
        moved.send({ case: "evidence", value: evidence(sequence, leaseTerm, batchOf(sequence)) });
        await moved.next("evidenceAck", 20_000);
      }
      return moved;
    },
  };
}
