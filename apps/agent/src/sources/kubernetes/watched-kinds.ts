import { CALICO_CRD, CALICO_KINDS, CORE_KINDS, type ResourceKind } from "@isthmus/k8s";

const { secrets: _secrets, configMaps: _configMaps, ...watchedCore } = CORE_KINDS;

/** In which group version a cluster serves Calico's kinds. */
export type CalicoApi = "projectcalico.org/v3" | "crd.projectcalico.org/v1" | "";

/** Kinds of which the inventory consists: neither Secrets nor ConfigMaps. */
export function watchedKinds(calico: CalicoApi): readonly ResourceKind[] {
  const core = Object.values<ResourceKind>(watchedCore);
  const served = Object.values<ResourceKind>(CALICO_KINDS);
  switch (calico) {
    case "":
      return core;
    case "projectcalico.org/v3":
      return [...core, ...served];
    case "crd.projectcalico.org/v1":
      return [...core, ...served.map((kind) => ({ ...kind, apiVersion: CALICO_CRD }))];
  }
}
