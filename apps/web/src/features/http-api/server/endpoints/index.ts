import type { Endpoint } from "../endpoint";
import { accessEndpoints } from "./access";
import { auditEndpoints } from "./audit";
import { clusterEndpoints } from "./clusters";
import { policyEndpoints } from "./policies";

/** Every operation of the HTTP API. */
export const endpoints: readonly Endpoint[] = [
  ...auditEndpoints,
  ...clusterEndpoints,
  ...policyEndpoints,
  ...accessEndpoints,
];
