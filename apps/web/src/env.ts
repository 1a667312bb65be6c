/** True while the app is being built upon, with `server.mjs --dev`; everything that a person sets is in `config.ts`. */
export const development: boolean = process.env["NODE_ENV"] !== "production";
