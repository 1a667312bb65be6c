import { AppError } from "./errors";
import { protectedProcedure } from "./trpc";

/** For acts that change something: a viewer is refused. The access model of a later issue widens this one place. */
export const operatorProcedure = protectedProcedure.use(({ next, ctx }) => {
  if (ctx.person.role === "viewer") {
    throw new AppError(
      "forbidden",
      "You may look at this organisation and not change it. Ask an owner for the role of operator.",
    );
  }
  return next();
});
