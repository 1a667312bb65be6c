import type { Verb } from "../verb";
import { auditVerify } from "./audit-verify";
import { conformance } from "./conformance";
import { connectivity } from "./connectivity";
import { diff } from "./diff";
import { explain } from "./explain";
import { prove } from "./prove";
import { review } from "./review";
import { sandboxUp } from "./sandbox-up";
import { selector } from "./selector";
import { validate } from "./validate";

/** The commands of `isthmus`, in the order of the help. */
export const VERBS: readonly Verb[] = [
  validate,
  connectivity,
  diff,
  explain,
  prove,
  review,
  selector,
  auditVerify,
  conformance,
  sandboxUp,
];
