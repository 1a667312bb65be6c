import type { ScenarioObject } from "../scenario-types";
import { REMOTE_SERVICE_ANNOTATION } from "./mesh-endpoints";
import { deployment, servedWorkload, service, type WorkloadPort, type WorkloadSpec } from "./objects";

const REGISTRY = "us-central1-docker.pkg.dev/google-samples/microservices-demo";
const VERSION = "v0.10.4";
const PART_OF = { "app.kubernetes.io/part-of": "online-boutique" };

interface Service {
  readonly image: string;
  readonly ports: readonly WorkloadPort[];
  readonly env: readonly (keyof typeof ADDRESSES)[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a service finds another: the same in every cluster, since a remote one has a Service of its name. */
const ADDRESSES = {
  PRODUCT_CATALOG_SERVICE_ADDR: "productcatalog:3550",
  CURRENCY_SERVICE_ADDR: "currency:7000",
  CART_SERVICE_ADDR: "cart:7070",
  RECOMMENDATION_SERVICE_ADDR: "recommendation:8080",
  SHIPPING_SERVICE_ADDR: "shipping:50051",
  CHECKOUT_SERVICE_ADDR: "checkout:5050",
  AD_SERVICE_ADDR: "ad:9555",
  PAYMENT_SERVICE_ADDR: "payment:50051",
  EMAIL_SERVICE_ADDR: "email:5000",
  REDIS_ADDR: "redis-cart:6379",
  FRONTEND_ADDR: "frontend:80",
  PAYMENT_API_ADDR: "api.payments.example:443",
  SMTP_ADDR: "smtp.mail.example:587",
  CARRIER_API_ADDR: "api.carrier.example:443",
} as const;

const grpc = (port: number): readonly WorkloadPort[] => [{ name: "grpc", port }];

/** The shop's services with their real ports and calls. */
const SERVICES = {
  frontend: {
    image: `${REGISTRY}/frontend:${VERSION}`,
    ports: [{ name: "http", port: 80, targetPort: 8080 }],
    env: [
      "PRODUCT_CATALOG_SERVICE_ADDR",
      "CURRENCY_SERVICE_ADDR",
      "CART_SERVICE_ADDR",
      "RECOMMENDATION_SERVICE_ADDR",
      "SHIPPING_SERVICE_ADDR",
      "CHECKOUT_SERVICE_ADDR",
      "AD_SERVICE_ADDR",
    ],
    labels: { tier: "web" },
  },
  checkout: {
    image: `${REGISTRY}/checkoutservice:${VERSION}`,
    ports: grpc(5050),
    env: [
      "PRODUCT_CATALOG_SERVICE_ADDR",
      "SHIPPING_SERVICE_ADDR",
      "PAYMENT_SERVICE_ADDR",
      "EMAIL_SERVICE_ADDR",
      "CURRENCY_SERVICE_ADDR",
      "CART_SERVICE_ADDR",
    ],
    labels: { tier: "orders" },
  },
  cart: {
    image: `${REGISTRY}/cartservice:${VERSION}`,
    ports: grpc(7070),
    env: ["REDIS_ADDR"],
    labels: { tier: "orders" },
  },
  productcatalog: {
    image: `${REGISTRY}/productcatalogservice:${VERSION}`,
    ports: grpc(3550),
    env: [],
    labels: { tier: "catalog" },
  },
  currency: {
    image: `${REGISTRY}/currencyservice:${VERSION}`,
    ports: grpc(7000),
    env: [],
    labels: { tier: "catalog" },
  },
  shipping: {
    image: `${REGISTRY}/shippingservice:${VERSION}`,
    ports: grpc(50051),
    env: ["CARRIER_API_ADDR"],
    labels: { tier: "orders" },
  },
  recommendation: {
    image: `${REGISTRY}/recommendationservice:${VERSION}`,
    ports: grpc(8080),
    env: ["PRODUCT_CATALOG_SERVICE_ADDR"],
    labels: { tier: "catalog" },
  },
  email: {
    image: `${REGISTRY}/emailservice:${VERSION}`,
    ports: [{ name: "grpc", port: 5000, targetPort: 8080 }],
    env: ["SMTP_ADDR"],
    labels: { tier: "orders" },
  },
  payment: {
    image: `${REGISTRY}/paymentservice:${VERSION}`,
    ports: grpc(50051),
    env: ["PAYMENT_API_ADDR"],
    labels: { tier: "payments", pci: "true" },
  },
  ad: { image: `${REGISTRY}/adservice:${VERSION}`, ports: grpc(9555), env: [], labels: { tier: "marketing" } },
  "redis-cart": {
    image: "docker.io/library/redis:8-alpine",
    ports: [{ name: "tcp-redis", port: 6379 }],
    env: [],
    labels: { tier: "data" },
  },
} as const satisfies Readonly<Record<string, Service>>;

/** Names of the shop's services. */
export type ShopService = keyof typeof SERVICES;

/** A service of the shop in a namespace, with its Deployment, service account and Service. */
export function shopService(name: ShopService, namespace: string, replicas: number): readonly ScenarioObject[] {
  const known: Service = SERVICES[name];
  return servedWorkload({ ...workload(name, known, namespace), ports: known.ports, replicas });
}

function workload(name: string, known: Service, namespace: string): Omit<WorkloadSpec, "replicas"> {
  return {
    name,
    namespace,
    image: known.image,
    env: Object.fromEntries(known.env.map((variable) => [variable, ADDRESSES[variable]])),
    labels: { ...known.labels, ...PART_OF },
  };
}

/** A Service without selector for one that runs in another cluster, at `cluster/namespace`. */
export function remoteShopService(name: ShopService, namespace: string, at: string): ScenarioObject {
  const { ports }: Service = SERVICES[name];
  return service({ name, namespace, ports, annotations: { [REMOTE_SERVICE_ANNOTATION]: `${at}/${name}` } });
}

/** The shop's front door for browsers on the internet. */
export function shopFront(namespace: string): ScenarioObject {
  const { ports } = SERVICES.frontend;
  return service({ name: "frontend-external", namespace, ports, selector: { app: "frontend" }, type: "LoadBalancer" });
}

/** The original's Locust, with so many users. */
export function loadGenerator(namespace: string, users: number): readonly ScenarioObject[] {
  return deployment({
    name: "loadgenerator",
    namespace,
    image: `${REGISTRY}/loadgenerator:${VERSION}`,
    replicas: 1,
    env: { FRONTEND_ADDR: ADDRESSES.FRONTEND_ADDR, USERS: String(users) },
    labels: { tier: "test", ...PART_OF },
  });
}
