import { z } from "zod";
import { viewInput } from "../../../view";

export const ofCluster = z.object({ clusterId: z.uuid() });
export const ofView = z.object({ view: viewInput });
