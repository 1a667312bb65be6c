/** A bearer token that may change under way. */
export interface TokenSource {
  token(): Promise<string>;
  /** The server did not accept the token: the next `token()` reads it anew. */
  reject(): void;
}

/** How to reach one cluster's API server and as whom. */
export interface ClusterAccess {
  /** `https://host:port`, with a path where the server has one, without a slash at its end. */
  readonly server: string;
  /** PEM of the authorities that may sign the server's certificate; the system's where it is left out. */
  readonly ca?: string;
  readonly serverName?: string;
  /** Only where the kubeconfig says so. */
  readonly skipVerification?: boolean;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  readonly token?: TokenSource;
  /** The namespace we live in, or the context's. */
  readonly namespace: string;
}

/** Why no access could be made out; `message` names the file and the cure. */
export interface AccessError {
  readonly code: "access-missing" | "access-unreadable" | "access-invalid";
  readonly message: string;
  readonly cause?: unknown;
}
