import { textAt } from "@isthmus/k8s";
import type { Answered } from "../api-under-test";
import { expectOk } from "../expect";
import type { Workspace } from "../workspace";

export const MERGE = "application/merge-patch+json";
export const STRATEGIC = "application/strategic-merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const APPLY = "application/apply-patch+yaml";

/** A field of an answer's metadata, as text. */
export const metaOf = ({ body }: Answered, field: string): string => textAt(body, "metadata", field);

/** Creates a ConfigMap of the workspace. */
export async function createMap({ api, core, configMap }: Workspace, name: string, rest = {}): Promise<Answered> {
  return expectOk(await api.ask("POST", core("configmaps"), { body: configMap(name, rest) }));
}

/** Patches an object in one of the four ways. */
export const patch = (
  { api }: Pick<Workspace, "api">,
  path: string,
  { type, body }: { readonly type: string; readonly body: unknown },
): Promise<Answered> => api.ask("PATCH", path, { contentType: type, body });

/** A container of the smallest image there is, fit for a namespace whose pods must be restricted. */
export const container = (name: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  ...rest,
  name,
  image: "registry.k8s.io/pause:3.10",
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 65_535,
    seccompProfile: { type: "RuntimeDefault" },
  },
});

/** A Deployment's manifest, of pods with one container `main`. */
export const deployment = (name: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [container("main", { ports: [{ containerPort: 8080 }] })],
      },
    },
    ...spec,
  },
});
