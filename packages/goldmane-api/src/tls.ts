/** One side's material for mutual TLS, as PEM text: the authority it trusts, its own certificate and key. */
export interface MutualTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}
