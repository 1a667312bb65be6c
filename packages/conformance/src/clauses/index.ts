import type { Clause } from "../clause";
import { accessClauses } from "./access";
import { applyClauses } from "./apply";
import { calicoClauses } from "./calico";
import { calicoPolicyClauses } from "./calico-policies";
import { calicoServerClauses } from "./calico-server";
import { clusterNetworkPolicyClauses } from "./cluster-network-policy";
import { deleteClauses } from "./delete";
import { discoveryClauses } from "./discovery";
import { dryRunClauses } from "./dry-run";
import { goldmaneClauses } from "./goldmane";
import { listClauses } from "./list";
import { namespaceClauses } from "./namespaces";
import { patchClauses } from "./patch";
import { watchClauses } from "./watch";
import { subresourceClauses, workloadClauses } from "./workloads";
import { writeClauses } from "./write";

/** Every clause of the contract. */
export const allClauses: readonly Clause[] = [
  ...discoveryClauses,
  ...writeClauses,
  ...dryRunClauses,
  ...patchClauses,
  ...applyClauses,
  ...listClauses,
  ...watchClauses,
  ...deleteClauses,
  ...namespaceClauses,
  ...accessClauses,
  ...subresourceClauses,
  ...workloadClauses,
  ...calicoClauses,
  ...calicoPolicyClauses,
  ...calicoServerClauses,
  ...clusterNetworkPolicyClauses,
  ...goldmaneClauses,
];
