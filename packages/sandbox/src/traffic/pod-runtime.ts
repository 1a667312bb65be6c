import { objectsOf, stringOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";

/** What a simulated container is started with. */
export interface PodRuntime {
  /** Last part of the image's name without its tag: it decides which program runs. */
  readonly image: string;
  readonly env: ReadonlyMap<string, string>;
  /** Ports that its containers listen on. */
  readonly ports: ReadonlySet<number>;
}

const known = new WeakMap<KubeObject, PodRuntime>();

/** Reads what a pod runs from its first container. */
export function runtimeOf(pod: KubeObject): PodRuntime {
  const cached = known.get(pod);
  if (cached !== undefined) return cached;
  const containers = objectsOf(valueAt(pod, "spec", "containers"));
  const main = containers[0];
  const runtime: PodRuntime = {
    image: imageName(stringOf(main?.["image"])),
    env: new Map(objectsOf(main?.["env"]).map((entry) => [stringOf(entry["name"]), stringOf(entry["value"])])),
    ports: new Set(containers.flatMap(({ ports }) => objectsOf(ports).map((port) => Number(port["containerPort"])))),
  };
  known.set(pod, runtime);
  return runtime;
}

function imageName(image: string): string {
  const last = image.split("/").at(-1) ?? "";
  return last.split(/[:@]/u)[0] ?? "";
}
