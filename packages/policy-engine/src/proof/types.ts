import type { ConnectionVerdict } from "../evaluate/connection";
import type { Endpoint } from "../evaluate/endpoint";
import type { PolicyHit } from "../evaluate/trace";
import type { Labels } from "../model/resource";
import type { IpAddress } from "../net/address";
import type { SelectorNode } from "../selector/ast";
import type { AddressSet } from "../sets/address-set";
import type { ConnectionPoint, ConnectionSet } from "../sets/connection-set";

/**
 * Whom a question means at one end: endpoints by their labels (inherited ones too, and those of their cluster), or
 * addresses, of endpoints and of anybody else.
 */
export type ProofEnd =
  | { readonly kind: "selector"; readonly selector: SelectorNode }
  | { readonly kind: "addresses"; readonly addresses: AddressSet };

/**
 * What is claimed: that no source may reach any destination, except on some connections; or that every source may reach
 * every destination on all of some connections.
 */
export type ProofClaim =
  | { readonly kind: "no-path"; readonly except?: ConnectionSet }
  | { readonly kind: "every-path"; readonly on: ConnectionSet };

/** A claim about a mesh. */
export interface ProofQuestion {
  readonly from: ProofEnd;
  readonly to: ProofEnd;
  readonly claim: ProofClaim;
  /** Labels of clusters by their names; selectors see them on endpoints under `isthmus.io/cluster.`. */
  readonly clusterLabels?: ReadonlyMap<string, Labels>;
  /** Endpoints stand for several pods, which may connect to each other: an endpoint's connections to itself are asked, too. */
  readonly replicas?: boolean;
}

/** What the question was about. */
export interface ProofScope {
  readonly clusters: readonly string[];
  /** Endpoints of the mesh, those that the ends of the question match, and classes of addresses that they fall into. */
  readonly endpoints: number;
  readonly sources: ProofMatched;
  readonly destinations: ProofMatched;
}

/** What an end of a question matches. */
export interface ProofMatched {
  readonly endpoints: number;
  /** Matched endpoints that have no address: nothing can be said of them. */
  readonly withoutAddress: number;
  /** Classes of addresses that behave alike, those outside the mesh among them. */
  readonly classes: number;
}

/** What a proof rests on. */
export interface ProofAssumption {
  readonly code:
    | "present-endpoints"
    | "nothing-matched"
    | "view"
    | "converged"
    | "routable"
    | "no-translation"
    | "new-connections"
    | "own-endpoint"
    | "without-address"
    | "host-endpoints"
    | "undecided-elsewhere";
  /** A plain sentence. */
  readonly sentence: string;
}

/** An end of a witness: an endpoint's address, or one that no endpoint of the mesh holds. */
export interface ProofParty {
  readonly address: IpAddress;
  readonly endpoint?: Endpoint;
}

/** What the policies of one end said, in data and in plain sentences. */
export interface ProofDecision {
  readonly hits: readonly PolicyHit[];
  readonly sentences: readonly string[];
}

/** One connection, and what is said of it by the plain judge, which shares no code with the sets that found it. */
export interface ProofWitness {
  readonly source: ProofParty;
  readonly destination: ProofParty;
  readonly connection: ConnectionPoint;
  readonly verdict: ConnectionVerdict;
  /** Absent where that end is no endpoint of the mesh. */
  readonly egress?: ProofDecision;
  readonly ingress?: ProofDecision;
  /** The whole in one sentence. */
  readonly sentence: string;
}

/** Something undecided that could matter: a connection on which the claim hangs, and why nothing is known of it. */
export interface ProofDoubt extends ProofWitness {
  readonly reason: string;
}

/** Two endpoints between which nothing can pass, since they have no version of IP in common. */
export interface ProofNoRoute {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sentence: string;
}

/** The answer. `unknown` is never to be taken for proved. */
export type ProofResult =
  | { readonly kind: "proved"; readonly scope: ProofScope; readonly assumptions: readonly ProofAssumption[] }
  | { readonly kind: "refuted"; readonly scope: ProofScope; readonly witness: ProofWitness }
  | { readonly kind: "no-route"; readonly scope: ProofScope; readonly pair: ProofNoRoute }
  | {
      readonly kind: "unknown";
      readonly scope: ProofScope;
      /** Different reasons, each with one connection; at least one. */
      readonly doubts: readonly ProofDoubt[];
      /** Pairs of classes between which something is undecided that could matter; not all of them were looked at for reasons. */
      readonly undecidedPairs: number;
    };
