import type { Container, Pod } from "./pod-types";

/** Where a pod's parts were put on this host. */
export interface PodPlacement {
  /** Host folder of each volume, by its name. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Loopback port that stands for each container port. */
  readonly ports: ReadonlyMap<number, number>;
}

/**
 * The arguments of a container as they read on this host: `$(VAR)` expanded as Kubernetes does, a mounted path replaced
 * by its host folder, a container port by its loopback port.
 */
export function containerArgs(pod: Pod, container: Container, placement: PodPlacement): readonly string[] {
  const variables = containerEnv(pod, container);
  return (container.args ?? []).map((arg) => {
    const expanded = arg.replaceAll(
      /\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g,
      (whole, name: string) => variables[name] ?? whole,
    );
    return replacePort(replaceMount(expanded, container, placement), placement);
  });
}

/** The container's environment: texts, and fields of its pod. */
export function containerEnv(pod: Pod, container: Container): Record<string, string> {
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
  };
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""] ?? "",
    ]),
  );
}

function replaceMount(arg: string, container: Container, { volumes }: PodPlacement): string {
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const folder = volumes.get(name);
    const at = arg.indexOf(mountPath);
    const before = arg[at - 1];
    const after = arg[at + mountPath.length];
    const whole = at === 0 || before === "=" || before === ",";
    if (folder !== undefined && at >= 0 && whole && (after === undefined || after === "/" || after === ",")) {
      return arg.slice(0, at) + folder + arg.slice(at + mountPath.length);
    }
  }
  return arg;
}

/** `--listen=0.0.0.0:8080` or `:8080` → `--listen=127.0.0.1:<port>`, for a port that the container declares. */
function replacePort(arg: string, { ports }: PodPlacement): string {
  const match = /^(?<flag>--[a-z-]*listen)=(?:0\.0\.0\.0|\[::\])?:(?<port>\d+)$/.exec(arg);
  const port = ports.get(Number(match?.groups?.["port"]));
  return port === undefined ? arg : `${match?.groups?.["flag"]}=127.0.0.1:${port}`;
}
