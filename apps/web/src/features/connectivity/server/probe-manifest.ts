import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";

const IMAGE = /^[A-Za-z0-9._:/@-]{1,253}$/;
const FILE = "deploy/agent/probe.yaml";

/** The probe pod's manifest for an image; without one, that of the agent's that is set, or the placeholder as it is. */
export async function probeManifest(
  { server: { config } }: Pick<RequestContext, "server">,
  image: string | undefined,
): Promise<{ readonly manifest: string }> {
  const chosen = image ?? config.agentImage;
  if (chosen !== undefined && !IMAGE.test(chosen))
    throw new AppError("invalid-input", "That is no name of an image: use letters, digits and . _ : / @ -");
  const places =
    config.agentManifest === undefined
      ? [".", "../.."].map((up) => join(process.cwd(), up, FILE))
      : [join(dirname(config.agentManifest), "probe.yaml")];
  for (const place of places) {
    const text = await readFile(place, "utf8").catch(() => undefined);
    if (text !== undefined) return { manifest: chosen === undefined ? text : text.replaceAll("{{image}}", chosen) };
  }
  throw new AppError("barred", `The probe pod's manifest is not at ${places.join(" or ")}: put ${FILE} there.`);
}
