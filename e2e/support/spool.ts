import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Demo } from "./demo";
import { eventually } from "./eventually";

/** Everything that the agent of a cluster has on its disk. */
function spoolFiles({ home }: Pick<Demo, "home">, cluster: string): readonly string[] {
  const pods = join(home, "pods", cluster);
  return readdirSync(pods)
    .map((pod) => join(pods, pod, "volumes/spool"))
    .flatMap((spool) => readdirSync(spool).map((entry) => join(spool, entry)));
}

/** Removes all that the agent of a cluster has on its disk. */
export function destroySpool(demo: Pick<Demo, "home">, cluster: string): void {
  for (const file of spoolFiles(demo, cluster)) rmSync(file, { recursive: true, force: true });
}

const BUCKETS_APART_MS = 5_000;

/** Waits until so many buckets were added to a spool of which nothing is acknowledged meanwhile. */
export async function bucketsSpooled(demo: Pick<Demo, "home">, cluster: string, wanted: number): Promise<void> {
  const size = () => spoolFiles(demo, cluster).reduce((sum, file) => sum + statSync(file).size, 0);
  let before = size();
  let added = 0;
  let addedAt = 0;
  await eventually(`${wanted} buckets in the spool of ${cluster}`, () => {
    const now = size();
    if (now > before && Date.now() - addedAt > BUCKETS_APART_MS) {
      added += 1;
      addedAt = Date.now();
    }
    before = now;
    return Promise.resolve(added >= wanted ? true : undefined);
  });
}
