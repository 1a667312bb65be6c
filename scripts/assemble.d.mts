/** Makes `folder` anew with all that the image runs: web, gateway or agent. */
export function assemble(image: string, folder: string): Promise<void>;
