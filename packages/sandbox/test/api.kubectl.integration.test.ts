import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valueAt } from "../src/json";
import { startTestCluster, type TestCluster } from "./api/fixture";

const deployment = (image: string, replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ${image}
          ports: [{ name: http, containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: http }]
`;

const policy = (selector: string) => `
apiVersion: projectcalico.org/v3
kind: Tier
metadata: { name: team }
spec: { order: 300, defaultAction: Pass }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: team.web }
spec:
  tier: team
  order: 10
  selector: ${selector}
  ingress:
    - { action: Deny, protocol: TCP, source: { selector: role == 'client' }, destination: { ports: [80, "8000:8010"] } }
`;

describe("kubectl 1.35 on a sandbox cluster", () => {
  let cluster: TestCluster;
  const run = async (args: string, input?: string) => {
    const output = await cluster.kubectl(args.split(" "), input);
    expect({ args, ...output }).toMatchObject({ args, code: 0 });
    return output.stdout;
  };
  const refused = async (args: string, input?: string) => {
    const output = await cluster.kubectl(args.split(" "), input);
    expect({ args, failed: output.code !== 0 }).toEqual({ args, failed: true });
    return output.stderr;
  };

  beforeAll(async () => {
    cluster = await startTestCluster();
    await run("create namespace shop");
  });
  afterAll(() => cluster.destroy());

  it("knows the server's version and resources", async () => {
    expect(await run("version")).toMatch(/Server Version: v1\.34\./);
    const resources = await run("api-resources --no-headers");
    expect(resources).toMatch(/globalnetworkpolicies +gnp,cgnp +projectcalico.org\/v3 +false +GlobalNetworkPolicy/);
    expect(await run("get nodes")).toMatch(/small-1 +Ready +control-plane +v1\.34/);
  });

  it("applies, prints, scales, rolls out and deletes a deployment", async () => {
    expect(await run("apply -f -", deployment("web:1", 2))).toContain("deployment.apps/web created");
    await run("wait --for=condition=Available deployment/web -n shop --timeout=20s");
    expect(await run("apply -f -", deployment("web:1", 2))).toContain("deployment.apps/web unchanged");
    expect(await run("get deployments -n shop")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2/);
    await run("scale deployment/web -n shop --replicas=4");
    await run("rollout status deployment/web -n shop --timeout=20s");
    const addresses = (await run("get pods -n shop -o jsonpath={.items[*].status.podIP}")).split(" ");
    expect(new Set(addresses).size).toBe(4);
    expect(addresses.every((address) => address.startsWith("10.50.0."))).toBe(true);
    const before = await run("get rs -n shop -o name");
    await run("apply -f -", deployment("web:2", 3));
    await run("rollout status deployment/web -n shop --timeout=20s");
    const images = await run("get pods -n shop -o jsonpath={.items[*].spec.containers[0].image}");
    expect(images).toBe("web:2 web:2 web:2");
    expect((await run("get rs -n shop -o name")).length).toBeGreaterThan(before.length);
    const slices = await run(
      "get endpointslices -n shop -l kubernetes.io/service-name=web -o jsonpath={.items[*].ports[*].port}",
    );
    expect(slices).toBe("8080");
    await run("delete deployment/web service/web -n shop --timeout=20s");
    await run("wait --for=delete pod -l app=web -n shop --timeout=20s");
    expect(await run("get pods,rs,endpointslices -n shop -o name")).toBe("");
  });

  it("patches in each form", async () => {
    await run("create configmap settings -n shop --from-literal=a=1 --from-literal=b=2");
    await run(`patch configmap settings -n shop --type=merge -p {"data":{"a":null,"c":"3"}}`);
    await run(`patch configmap settings -n shop --type=json -p [{"op":"replace","path":"/data/b","value":"two"}]`);
    await run(`patch configmap settings -n shop -p {"metadata":{"labels":{"x":"y"}}}`);
    expect(await run("get configmap settings -n shop -o jsonpath={.data}{.metadata.labels}")).toBe(
      '{"b":"two","c":"3"}{"x":"y"}',
    );
    expect(
      await refused(`patch configmap settings -n shop --type=json -p [{"op":"remove","path":"/data/none"}]`),
    ).toContain("path does not exist");
  });

  it("applies and removes a Calico policy with its tier, in both ways of applying", async () => {
    expect(await run("apply -f -", policy("app == 'web'"))).toContain(
      "globalnetworkpolicy.projectcalico.org/team.web created",
    );
    expect(await run("get gnp,tier")).toMatch(/tier\.projectcalico\.org\/team +300 +Pass +Active/);
    expect(await run("apply --server-side --force-conflicts -f -", policy("app == 'api'"))).toContain(
      "serverside-applied",
    );
    expect(await run("get gnp team.web -o jsonpath={.spec.selector}")).toBe("app == 'api'");
    await run("delete --timeout=20s -f -", policy("app == 'web'"));
    expect(await run("get gnp -o name")).toBe("");
    expect(await refused("get tier team")).toContain('tiers.projectcalico.org "team" not found');
  });

  it("says why a policy is rejected, with the path of the field", async () => {
    await run("apply -f -", policy("app == 'web'"));
    const bad = policy("app == web");
    expect(await refused("apply -f -", bad)).toMatch(
      /GlobalNetworkPolicy "team.web" is invalid: spec.selector: Invalid value: "app == web": invalid selector/,
    );
    const action = policy("all()").replace("action: Deny", "action: Refuse");
    expect(await refused("apply -f -", action)).toContain(
      'spec.ingress[0].action: Unsupported value: "Refuse": supported values: "Allow", "Deny", "Log", "Pass"',
    );
    const typo = policy("all()").replace("order: 10", "ordr: 10");
    expect(await refused("apply -f -", typo)).toContain('strict decoding error: unknown field "spec.ordr"');
    const tier = policy("all()").replaceAll("team.web", "lost.web").replace("tier: team", "tier: lost");
    expect(await refused("apply -f -", tier)).toContain('spec.tier: Invalid value: "lost": tier "lost" does not exist');
    await run("delete --timeout=20s -f -", policy("all()"));
  });

  it("answers who may do what", async () => {
    await run("create serviceaccount reader -n shop");
    await run("create role reads --verb=get,list --resource=pods -n shop");
    await run("create rolebinding reads --role=reads --serviceaccount=shop:reader -n shop");
    const as = "--as=system:serviceaccount:shop:reader -n shop";
    expect(await run(`auth can-i list pods ${as}`)).toBe("yes\n");
    expect((await cluster.kubectl(`auth can-i delete pods ${as}`.split(" "))).stdout).toBe("no\n");
    expect(await run("auth whoami -o jsonpath={.status.userInfo.username}")).toBe("kubernetes-admin");
    expect(await run(`auth can-i --list ${as}`)).toMatch(/pods +\[\] +\[\] +\[get list\]/);
    expect(await refused(`get pods -n default ${as.replace(" -n shop", "")}`)).toContain(
      'pods is forbidden: User "system:serviceaccount:shop:reader" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });

  it("explains from its own schemas and says what it does not serve", async () => {
    expect(await run("explain globalnetworkpolicy.spec.ingress.action")).toMatch(/ENUM:\s+Allow\s+Deny\s+Log\s+Pass/);
    expect(await refused("get storageclasses")).toContain(`the server doesn't have a resource type "storageclasses"`);
    expect(await refused("get --raw /apis/storage.k8s.io/v1")).toContain(
      "the server could not find the requested resource",
    );
  });

  it("empties a namespace before it goes", async () => {
    await run("create namespace gone");
    await run("create deployment one --image=x:1 --replicas=2 -n gone");
    await run("wait --for=condition=Available deployment/one -n gone --timeout=20s");
    await run("delete namespace gone --timeout=20s");
    const left = cluster.cluster.store.list("pods").filter((pod) => valueAt(pod, "metadata", "namespace") === "gone");
    expect(left).toEqual([]);
    expect(await refused("create configmap late -n gone")).toContain('namespaces "gone" not found');
  });

  it("rolls back, and waits for what a pod needs", async () => {
    await run("create deployment late --image=x:1 -n shop");
    await run("rollout status deployment/late -n shop --timeout=20s");
    await run("set image deployment/late x=x:2 -n shop");
    await run("rollout status deployment/late -n shop --timeout=20s");
    await run("rollout undo deployment/late -n shop");
    await run("rollout status deployment/late -n shop --timeout=20s");
    expect(await run("get pods -n shop -l app=late -o jsonpath={.items[*].spec.containers[0].image}")).toBe("x:1");
    expect(await run("rollout history deployment/late -n shop")).toMatch(/\n2 .*\n3 /);
    const patch = `{"spec":{"template":{"spec":{"serviceAccountName":"coming"}}}}`;
    await run(`patch deployment late -n shop -p ${patch}`);
    await run("create serviceaccount coming -n shop");
    await run("wait --for=jsonpath={.status.updatedReplicas}=1 deployment/late -n shop --timeout=20s");
    cluster.errors.splice(0);
    await run("delete deployment late -n shop");
  });

  it("gives a dry run's answer without storing", async () => {
    expect(await run("create namespace dry --dry-run=server")).toContain("created (server dry run)");
    expect(await refused("get namespace dry")).toContain('namespaces "dry" not found');
  });
});
