import type { ServeResult } from "./caller";
import type { Program, ProgramContext } from "./program";
import { pickOne } from "./random";

/**
 * The services of the Online Boutique demo (GoogleCloudPlatform/microservices-demo) as far as the network sees them: who
 * calls whom for which page, through the addresses in their environment. Payment, e-mail and shipping also call
 * providers outside the mesh, which the original only pretends to do.
 */
export const boutiquePrograms: readonly (readonly [string, Program])[] = [
  ["frontend", { serve: serveFrontend }],
  ["checkoutservice", { serve: serveCheckout }],
  ["cartservice", { serve: requires("REDIS_ADDR", "redis.HGET") }],
  ["recommendationservice", { serve: requires("PRODUCT_CATALOG_SERVICE_ADDR", "ProductCatalogService/ListProducts") }],
  ["paymentservice", { serve: servePayment }],
  ["emailservice", { serve: requires("SMTP_ADDR", "smtp.Send") }],
  ["shippingservice", { serve: serveShipping }],
  ["productcatalogservice", { serve: async () => "answered" }],
  ["currencyservice", { serve: async () => "answered" }],
  ["adservice", { serve: async () => "answered" }],
  ["loadgenerator", { serve: async () => "refused", visit: visitShop }],
];

/** Pages with how often Locust asks for them in the original. */
const PAGES = [
  ...Array<string>(2).fill("GET /"),
  ...Array<string>(10).fill("GET /product"),
  ...Array<string>(3).fill("GET /cart"),
  ...Array<string>(2).fill("POST /cart"),
  ...Array<string>(2).fill("POST /setCurrency"),
  "POST /cart/checkout",
];

async function visitShop(context: ProgramContext): Promise<void> {
  const page = pickOne(PAGES, context.random) ?? "GET /";
  await context.call("FRONTEND_ADDR", page, { requestBytes: 540, responseBytes: 8_600 });
}

/** A step of a page: an address from the environment, the operation, and whether the page can do without it. */
interface Step {
  readonly variable: string;
  readonly operation: string;
  readonly optional?: boolean;
}

const currencies: Step = { variable: "CURRENCY_SERVICE_ADDR", operation: "CurrencyService/Convert" };
const products: Step = { variable: "PRODUCT_CATALOG_SERVICE_ADDR", operation: "ProductCatalogService/ListProducts" };
const cart: Step = { variable: "CART_SERVICE_ADDR", operation: "CartService/GetCart" };
const ads: Step = { variable: "AD_SERVICE_ADDR", operation: "AdService/GetAds", optional: true };
const shipping: Step = { variable: "SHIPPING_SERVICE_ADDR", operation: "ShippingService/GetQuote" };
const recommendations: Step = {
  variable: "RECOMMENDATION_SERVICE_ADDR",
  operation: "RecommendationService/ListRecommendations",
  optional: true,
};
const checkout: Step = { variable: "CHECKOUT_SERVICE_ADDR", operation: "CheckoutService/PlaceOrder" };

const STEPS: Readonly<Record<string, readonly Step[]>> = {
  "GET /": [currencies, products, cart, ads],
  "GET /product": [products, currencies, cart, recommendations, ads],
  "GET /cart": [currencies, cart, recommendations, shipping, products],
  "POST /cart": [products, { ...cart, operation: "CartService/AddItem" }],
  "POST /setCurrency": [],
  "POST /cart/checkout": [checkout, recommendations, currencies],
};

async function serveFrontend(operation: string, context: ProgramContext): Promise<ServeResult> {
  return runSteps(STEPS[operation] ?? [], context);
}

/** An order needs each step: without payment nothing is shipped and no mail is sent. */
async function serveCheckout(_operation: string, context: ProgramContext): Promise<ServeResult> {
  return runSteps(
    [
      cart,
      { ...products, operation: "ProductCatalogService/GetProduct" },
      currencies,
      shipping,
      { variable: "PAYMENT_SERVICE_ADDR", operation: "PaymentService/Charge" },
      { variable: "SHIPPING_SERVICE_ADDR", operation: "ShippingService/ShipOrder" },
      { ...cart, operation: "CartService/EmptyCart" },
      { variable: "EMAIL_SERVICE_ADDR", operation: "EmailService/SendOrderConfirmation", optional: true },
    ],
    context,
  );
}

const DECLINED = 0.03;

async function servePayment(_operation: string, context: ProgramContext): Promise<ServeResult> {
  const charged = await context.call("PAYMENT_API_ADDR", "POST /v1/charges", {
    requestBytes: 1_300,
    responseBytes: 2_100,
  });
  return charged && context.random() >= DECLINED ? "answered" : "failed";
}

/** A quote is worked out here; shipping an order tells the carrier, which may fail without failing the order. */
async function serveShipping(operation: string, context: ProgramContext): Promise<ServeResult> {
  if (operation === "ShippingService/ShipOrder") await context.call("CARRIER_API_ADDR", "POST /v2/shipments");
  return "answered";
}

function requires(variable: string, operation: string): Program["serve"] {
  return async (_operation, context) => ((await context.call(variable, operation)) ? "answered" : "failed");
}

/** Runs steps one after the other; the first needed one that fails ends the request. */
async function runSteps(steps: readonly Step[], context: ProgramContext): Promise<ServeResult> {
  for (const { variable, operation, optional } of steps) {
    if (!(await context.call(variable, operation)) && optional !== true) return "failed";
  }
  return "answered";
}
