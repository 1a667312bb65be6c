import { z } from "zod";
import { personNameProblem } from "../model/person-name";

/** What a person is called, as an input: trimmed. */
export const personName = z
  .string()
  .trim()
  .max(1_000)
  .superRefine((name, ctx) => {
    const message = personNameProblem(name);
    if (message !== undefined) ctx.addIssue({ code: "custom", message });
  });
