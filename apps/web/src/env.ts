/** What Next itself says of the process; everything a person sets is in `config.ts`. */
export const runtime: string | undefined = process.env["NEXT_RUNTIME"];

/** True while the app is being built upon, with `server.mjs --dev`. */
export const development: boolean = process.env["NODE_ENV"] !== "production";
