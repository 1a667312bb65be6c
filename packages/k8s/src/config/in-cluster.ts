import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "@isthmus/std";
import type { AccessError, ClusterAccess } from "./cluster-access";
import { tokenFromFile } from "./token-file";

/** Where Kubernetes mounts a pod's service account. */
export const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where a pod finds its API server: the two variables that Kubernetes sets in every container. */
export interface InClusterAddress {
  readonly host: string;
  readonly port: string;
}

/** Access as a pod has it, by its projected service account token. */
export async function inClusterAccess(
  address: InClusterAddress,
  now: () => number,
  directory = SERVICE_ACCOUNT_DIR,
): Promise<Result<ClusterAccess, AccessError>> {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  try {
    const [ca, namespace] = await Promise.all([
      readFile(join(directory, "ca.crt"), "utf8"),
      readFile(join(directory, "namespace"), "utf8"),
    ]);
    const token = tokenFromFile(join(directory, "token"), now);
    return ok({ server: `https://${host}:${address.port}`, ca, token, namespace: namespace.trim() });
  } catch (cause) {
    const message = `cannot read the service account in ${directory}: set automountServiceAccountToken, or give --kubeconfig`;
    return err({ code: "access-unreadable", message, cause });
  }
}
