import type { Answer, KubeError, KubernetesApi } from "@isthmus/k8s";
import { err } from "@isthmus/std";
import type { Term } from "./keep-lease";

const RESTING: KubeError = {
  code: "stopped",
  status: 0,
  message: "this replica is not the active one any more",
  retryable: false,
};

/** The API as an active replica may use it: once its term is over nothing is sent, and what is under way is cut off. */
export function fencedApi(api: KubernetesApi, { signal, isOver }: Pick<Term, "signal" | "isOver">): KubernetesApi {
  signal.addEventListener("abort", () => api.close(), { once: true });
  const fence = <T>(send: () => Answer<T>): Answer<T> => (isOver() ? Promise.resolve(err(RESTING)) : send());
  return {
    get: (kind, name) => fence(() => api.get(kind, name)),
    list: (kind, query) => fence(() => api.list(kind, query)),
    watch: (kind, query) => fence(() => api.watch(kind, query)),
    create: (kind, object, options) => fence(() => api.create(kind, object, options)),
    update: (kind, object, options) => fence(() => api.update(kind, object, options)),
    apply: (kind, object, options) => fence(() => api.apply(kind, object, options)),
    remove: (kind, name, uid) => fence(() => api.remove(kind, name, uid)),
    serverVersion: () => fence(() => api.serverVersion()),
    servedResources: (apiVersion) => fence(() => api.servedResources(apiVersion)),
    mayI: (question) => fence(() => api.mayI(question)),
    serverTime: () => fence(() => api.serverTime()),
    close: () => api.close(),
  };
}
