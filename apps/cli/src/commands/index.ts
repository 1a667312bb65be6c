import type { Verb } from "../verb";
import { connectivity } from "./connectivity";
import { explain } from "./explain";
import { selector } from "./selector";
import { validate } from "./validate";

/** The commands of `isthmus`, in the order of the help. */
export const VERBS: readonly Verb[] = [validate, connectivity, explain, selector];
