/** Reads "host:port" or "[::1]:port"; undefined where it is not one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | undefined;
