import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "./support/browser";
import { newHome, removeHome, startDemo, type Demo } from "./support/demo";
import { eventually } from "./support/eventually";

const PORT = 9600;
const CLUSTERS = ["eu-west", "eu-central", "us-east"];
const NAME = "shop.redis-for-cart-only";

/** Cart of eu-west calls redis-cart of us-east: the peer of this rule lives in another cluster. */
const POLICY = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: ${NAME}
spec:
  tier: shop
  order: 10
  selector: app == "redis-cart"
  types:
    - Ingress
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "cart"
      destination:
        ports:
          - 6379
`;

let demo: Demo;
let browser: Browser;
let page: Page;

const open = (path: string) => page.goto(`${demo.url}${path}`);
const editor = () => page.getByLabel("Policy as YAML");

/** The same from outside: kubectl with the sandbox's administrator, as a person at a terminal has it. */
async function kubectl(cluster: string, ...args: readonly string[]): Promise<string> {
  const kubeconfig = join(demo.home, "sandbox", cluster, "kubeconfig");
  const { stdout } = await promisify(execFile)(join(demo.home, "tools/kubectl"), ["--kubeconfig", kubeconfig, ...args]);
  return stdout;
}

const policiesIn = (cluster: string) =>
  kubectl(cluster, "get", "globalnetworkpolicies.projectcalico.org", "-o", "name");

/** The line of the graph from cart to redis-cart, by the verdict that its label says. */
const redisLine = (verdict: string) =>
  page.getByRole("button", { name: `cart in eu-west → redis-cart in us-east, tcp 6379, ${verdict}` });

beforeAll(async () => {
  browser = await startBrowser();
  demo = await startDemo({ home: newHome(), port: PORT, sandboxTime: "flush=2s,lag=1" });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  if (demo !== undefined) removeHome(demo.home);
});

describe("a person's first ten minutes", () => {
  it("is asked to sign in, is told when the password is wrong, and signs in", async () => {
    await open("/graph");
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel("E-mail").fill(demo.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page
      .getByRole("alert")
      .filter({ hasText: /password/i })
      .waitFor();
    await page.getByLabel("Password", { exact: true }).fill(demo.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  });

  it("sees three clusters connected", async () => {
    await open("/clusters");
    for (const name of CLUSTERS) await page.getByRole("row", { name: new RegExp(`${name}.*healthy`, "s") }).waitFor();
  });

  it("reads what an agent found in its cluster, and has it look again", async () => {
    await open("/clusters/eu-west?tab=doctor");
    await page.getByText(/^examined .* by agent /).waitFor();
    await page.getByRole("listitem").filter({ hasText: "Calico v3." }).filter({ hasText: /^ok/u }).waitFor();
    const examined = async () =>
      (await page.getByText(/^examined .* by agent /).getAttribute("title")) ?? "no time was shown";
    const before = await examined();
    await page.getByRole("button", { name: "Examine again" }).click();
    await eventually("another examination", async () => ((await examined()) === before ? undefined : true));
  });

  it("sees that pods of every cluster reach those of every other as themselves, expected and measured", async () => {
    await open("/clusters");
    await page.getByRole("link", { name: "Connectivity" }).click();
    for (const from of CLUSTERS) {
      for (const to of CLUSTERS.filter((name) => name !== from)) {
        await page
          .getByRole("button", {
            name: new RegExp(`^${from} to ${to}: expected direct, measured direct, [0-9.]+ ms at [0-9:]+$`),
          })
          .waitFor({ timeout: 60_000 });
      }
    }
  });

  it("sees a connection across clusters with both names on the graph", async () => {
    await open("/graph?range=15m");
    await redisLine("allowed").waitFor({ timeout: 120_000, state: "attached" });
    await page
      .getByRole("button", { name: /^checkout in eu-west → payment in eu-central, tcp 50051, / })
      .waitFor({ timeout: 60_000, state: "attached" });
  });

  it("makes a tier and is shown in place what is wrong with a policy", async () => {
    await open("/policies");
    await page.getByRole("button", { name: "Tier", exact: true }).first().click();
    await page.getByRole("dialog").getByLabel("Name").fill("shop");
    await page.getByRole("dialog").getByLabel("Order").fill("100");
    await page.getByRole("dialog").getByText("pass", { exact: false }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: /tier/i }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Policy", exact: true }).first().click();
    await editor().fill("kind: [not closed");
    await page.getByRole("list", { name: "What is wrong with the text" }).waitFor();
    await editor().fill(POLICY.replace('app == "cart"', 'app === "cart"'));
    await page
      .getByRole("list", { name: "What is wrong with the text" })
      .getByText(/selector|expected|operator|literal/i)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: /^Apply/ }).isDisabled()).toBe(true);
  });

  it("is told when the labels match no cluster", async () => {
    await editor().fill(POLICY);
    await page.getByRole("list", { name: "What is wrong with the text" }).waitFor({ state: "detached" });
    await page.getByLabel("Clusters, by label").fill('jurisdiction == "MARS"');
    await page
      .getByText(/no cluster/i)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: /^Apply/ }).isDisabled()).toBe(true);
  });

  it("applies the policy and sees it applied in every cluster by itself", async () => {
    await page.getByLabel("Clusters, by label").fill("all()");
    await page.getByRole("button", { name: /^Apply to 3 clusters/ }).click();
    for (const name of CLUSTERS) await page.getByTestId(`state-${name}`).getByText("applied").waitFor();
    for (const name of CLUSTERS) expect(await policiesIn(name)).toContain(NAME);
    expect(
      await kubectl("us-east", "get", "tiers.projectcalico.org", "shop", "-o", "jsonpath={.spec.defaultAction}"),
    ).toBe("Pass");
  });

  it("sees the traffic denied by that policy's name in the flows, and the line change on the graph", async () => {
    await open(`/flows?range=5m&q=${encodeURIComponent("action = deny")}`);
    const denied = page.getByRole("row", { name: /cart.*redis-cart.*6379.*denied.*redis-for-cart-only/s }).first();
    await denied.waitFor({ timeout: 90_000 });
    await open("/graph?range=15m");
    await page
      .getByRole("button", { name: /^cart in eu-west → redis-cart in us-east, tcp 6379, (partly )?denied/ })
      .waitFor({ timeout: 60_000, state: "attached" });
  });

  it("withdraws it, and traffic returns", async () => {
    await open("/policies");
    await page.getByRole("button", { name: `Policy ${NAME}` }).click();
    await page.getByRole("button", { name: "Withdraw", exact: true }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Withdraw from 3 clusters/ })
      .click();
    const withdrawnAt = Date.now();
    await eventually("the policy is gone from every cluster", async () => {
      const left = await Promise.all(CLUSTERS.map(policiesIn));
      return left.every((names) => !names.includes(NAME)) ? true : undefined;
    });
    const since = new Date(withdrawnAt + 20_000).toISOString().slice(0, 19);
    const until = new Date(withdrawnAt + 600_000).toISOString().slice(0, 19);
    const query = encodeURIComponent("dest.workload = redis-cart and action = allow");
    await eventually(
      "redis-cart is reached again",
      async () => {
        await open(`/flows?range=${since}Z..${until}Z&q=${query}`);
        const row = page.getByRole("row", { name: /cart.*redis-cart.*6379/s }).first();
        return (
          (await row.waitFor({ timeout: 8_000 }).then(
            () => true,
            () => undefined,
          )) ?? undefined
        );
      },
      { timeoutMs: 120_000, everyMs: 2_000 },
    );
  });

  it("is told of a translation before it hurts, approves the cure, and sees it come true", async () => {
    await kubectl("eu-west", "delete", "ippools.projectcalico.org", "us-east-pods");
    await open("/clusters/connectivity");
    await page.getByRole("button", { name: /^eu-west to us-east: expected translated/ }).click();
    await page.getByText("no pool of eu-west covers 10.30.0.0/16 of us-east").waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await page.getByText("not in the cluster yet").waitFor();
    const manifest = await page.getByLabel("eu-west-remote-us-east-10-30-0-0-16.yaml").innerText();
    const file = join(demo.home, "cure.yaml");
    writeFileSync(file, manifest);
    await kubectl("eu-west", "apply", "-f", file);
    await page.getByText("the cluster has it").waitFor();
    await page.getByRole("button", { name: /^eu-west to us-east: expected direct/ }).waitFor();
  });

  it("finds who did what in the audit log", async () => {
    await open("/audit");
    for (const act of [/withdr/i, /appl/i, /tier/i]) await page.getByText(act).first().waitFor();
    await page.getByText(NAME).first().waitFor();
  });

  it("is shown how to connect a cluster of its own, and what to apply", async () => {
    await open("/clusters");
    await page.getByRole("row", { name: /eu-west/ }).waitFor();
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText("docker build").waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("my-own");
    await page.getByRole("textbox", { name: "Image" }).fill("registry.example.org/isthmus-agent:0.1.0");
    await page.getByRole("button", { name: "Make the grant and show the manifest" }).click();
    await page.getByText("kubectl apply -f").first().waitFor();
    await page.getByText("kind: ClusterRole").first().waitFor({ state: "attached" });
    await page.getByRole("row", { name: /my-own/ }).waitFor();
  });
});
