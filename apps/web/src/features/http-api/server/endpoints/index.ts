import type { Endpoint } from "../endpoint";
import { accessEndpoints } from "./access";
import { auditEndpoints } from "./audit";
import { clusterEndpoints } from "./clusters";
import { enrolmentEndpoints } from "./enrolment";
import { policyEndpoints } from "./policies";

/** Every operation of the HTTP API. */
export const endpoints: readonly Endpoint[] = [
  ...auditEndpoints,
  ...clusterEndpoints,
  ...enrolmentEndpoints,
  ...policyEndpoints,
  ...accessEndpoints,
];
