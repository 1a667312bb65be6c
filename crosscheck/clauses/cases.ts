import type { ClauseCase } from "./clause";
import { HOST_CASES } from "./hosts";
import { KUBERNETES_CASES } from "./kubernetes";
import { PACKET_CASES } from "./packets";
import { SELECTOR_CASES } from "./selectors";
import { TIER_CASES } from "./tiers";

/** The fixed cases of every clause. */
export const CASES: readonly ClauseCase[] = [
  ...TIER_CASES,
  ...SELECTOR_CASES,
  ...PACKET_CASES,
  ...KUBERNETES_CASES,
  ...HOST_CASES,
];
