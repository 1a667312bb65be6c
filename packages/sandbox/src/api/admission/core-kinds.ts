import { isDeepStrictEqual } from "node:util";
import { arrayOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import { parseCronSchedule } from "../../controllers/cron-schedule";
import { matchesLabelSelector } from "../selectors";
import type { Cause } from "../status";
import { isCidr, isNet } from "./addresses";
import type { Subject } from "./calico-kinds";
import { forbiddenField, requiredField, unsupported, wrong } from "./causes";
import { clusterNetworkPolicyRule } from "./cluster-network-policy";
import { checkLabels } from "./names";

type Rule = (subject: Subject) => readonly Cause[];

const specOf = (object: JsonObject | undefined): JsonObject => objectOf(object?.["spec"]);

function unchanged(subject: Subject, ...paths: readonly string[]): readonly Cause[] {
  const { live } = subject;
  if (!live) return [];
  return paths.flatMap((path) => {
    const next = valueAt(subject.object, ...path.split("."));
    const same = isDeepStrictEqual(valueAt(live, ...path.split(".")), next);
    return same ? [] : [wrong(path, next, "field is immutable")];
  });
}

function checkPodSpec(spec: JsonObject, field: string): readonly Cause[] {
  const containers = objectsOf(spec["containers"]);
  if (containers.length === 0) return [requiredField(`${field}.containers`)];
  const volumes = new Set(objectsOf(spec["volumes"]).map(({ name }) => stringOf(name)));
  return containers.flatMap((container, index) => {
    const at = `${field}.containers[${index}]`;
    const image = stringOf(container["image"]) === "" ? [requiredField(`${at}.image`)] : [];
    const mounts = objectsOf(container["volumeMounts"]).flatMap((mount, place): readonly Cause[] =>
      volumes.has(stringOf(mount["name"]))
        ? []
        : [
            {
              reason: "FieldValueInvalid",
              field: `${at}.volumeMounts[${place}].name`,
              message: `Not found: ${JSON.stringify(mount["name"])}`,
            },
          ],
    );
    return [...image, ...mounts];
  });
}

const mutablePodFields = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"];

function pod({ object, live }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const shape = checkPodSpec(spec, "spec");
  if (!live || isDeepStrictEqual(fixedPart(spec), fixedPart(specOf(live)))) return shape;
  const unscheduled =
    stringOf(specOf(live)["nodeName"]) === "" &&
    isDeepStrictEqual(fixedPart({ ...spec, nodeName: "" }), fixedPart({ ...specOf(live), nodeName: "" }));
  return unscheduled
    ? shape
    : [
        ...shape,
        forbiddenField(
          "spec",
          "pod updates may not change fields other than the images of containers, `activeDeadlineSeconds`, `tolerations` and `terminationGracePeriodSeconds`",
        ),
      ];
}

function fixedPart(spec: JsonObject): JsonObject {
  const rest = Object.entries(spec).filter(([name]) => !mutablePodFields.includes(name));
  const containers = objectsOf(spec["containers"]).map((container) => ({ ...container, image: "" }));
  return { ...Object.fromEntries(rest), containers };
}

function workload(subject: Subject): readonly Cause[] {
  const spec = specOf(subject.object);
  const labels = stringMapOf(valueAt(spec, "template", "metadata", "labels"));
  const matches = matchesLabelSelector(spec["selector"], labels);
  const field = "spec.template.metadata.labels";
  const negative = typeof spec["replicas"] === "number" && spec["replicas"] < 0;
  return [
    ...unchanged(subject, "spec.selector"),
    ...(matches ? [] : [wrong(field, labels, "`selector` does not match template `labels`")]),
    ...(negative ? [wrong("spec.replicas", spec["replicas"], "must be greater than or equal to 0")] : []),
    ...checkLabels(labels, field),
    ...checkPodSpec(objectOf(valueAt(spec, "template", "spec")), "spec.template.spec"),
  ];
}

function service(subject: Subject): readonly Cause[] {
  const spec = specOf(subject.object);
  const external = spec["type"] === "ExternalName";
  const ports = objectsOf(spec["ports"]);
  const headless = spec["clusterIP"] === "None";
  const unnamed =
    ports.length > 1
      ? ports.flatMap((port, index) =>
          stringOf(port["name"]) === "" ? [requiredField(`spec.ports[${index}].name`)] : [],
        )
      : [];
  const before = stringOf(specOf(subject.live)["clusterIP"]);
  const moved = before !== "" && !external && before !== stringOf(spec["clusterIP"]);
  return [
    ...(ports.length === 0 && !external && !headless ? [requiredField("spec.ports")] : []),
    ...unnamed,
    ...(external && stringOf(spec["externalName"]) === "" ? [requiredField("spec.externalName")] : []),
    ...(moved ? [wrong("spec.clusterIP", spec["clusterIP"], "field is immutable")] : []),
  ];
}

function kubernetesPolicy({ object }: Subject): readonly Cause[] {
  return ["ingress", "egress"].flatMap((direction) =>
    objectsOf(specOf(object)[direction]).flatMap((rule, index) => {
      const peers = objectsOf(rule[direction === "ingress" ? "from" : "to"]);
      const at = `spec.${direction}[${index}].${direction === "ingress" ? "from" : "to"}`;
      return peers.flatMap((peer, place) => checkPeer(peer, `${at}[${place}]`));
    }),
  );
}

function checkPeer(peer: JsonObject, field: string): readonly Cause[] {
  if (Object.keys(peer).length === 0) return [requiredField(field, "must specify a peer")];
  const block = peer["ipBlock"];
  if (block === undefined) return [];
  if (Object.keys(peer).length > 1) return [forbiddenField(field, "may not specify both ipBlock and another peer")];
  const { cidr, except } = objectOf(block);
  const nets = [cidr, ...arrayOf(except)].filter((net) => !isCidr(stringOf(net)));
  return nets.map((net) => wrong(`${field}.ipBlock.cidr`, net, "must be a network in CIDR notation"));
}

function endpointSlice(subject: Subject): readonly Cause[] {
  const addresses = objectsOf(subject.object["endpoints"]).flatMap((endpoint, index) =>
    stringsOf(endpoint["addresses"]).map((address) => ({ address, field: `endpoints[${index}].addresses` })),
  );
  const fqdn = subject.object["addressType"] === "FQDN";
  return [
    ...unchanged(subject, "addressType"),
    ...addresses.flatMap(({ address, field }) =>
      fqdn || isNet(address) ? [] : [wrong(field, address, "must be an IP address")],
    ),
  ];
}

function binding(subject: Subject): readonly Cause[] {
  const kind = stringOf(valueAt(subject.object, "roleRef", "kind"));
  const known = subject.object["kind"] === "ClusterRoleBinding" ? ["ClusterRole"] : ["Role", "ClusterRole"];
  const wrongKind = known.includes(kind) ? [] : [unsupported("roleRef.kind", kind, known)];
  const subjects = objectsOf(subject.object["subjects"]).flatMap((given, index) =>
    given["kind"] === "ServiceAccount" &&
    stringOf(given["namespace"]) === "" &&
    subject.object["kind"] === "ClusterRoleBinding"
      ? [requiredField(`subjects[${index}].namespace`)]
      : [],
  );
  const moved = subject.live !== undefined && !isDeepStrictEqual(subject.live["roleRef"], subject.object["roleRef"]);
  return [
    ...wrongKind,
    ...subjects,
    ...(moved ? [wrong("roleRef", subject.object["roleRef"], "cannot change roleRef")] : []),
  ];
}

function frozen(subject: Subject): readonly Cause[] {
  const type = unchanged(subject, "type");
  if (subject.live?.["immutable"] !== true) return type;
  const changed = ["data", "binaryData", "immutable"].filter(
    (field) => !isDeepStrictEqual(subject.live?.[field], subject.object[field]),
  );
  return [...type, ...changed.map((field) => forbiddenField(field, "field is immutable when `immutable` is set"))];
}

function cronJob({ object }: Subject): readonly Cause[] {
  const zone = stringOf(valueAt(object, "spec", "timeZone"));
  const schedule = parseCronSchedule(stringOf(valueAt(object, "spec", "schedule")), zone);
  return schedule.ok ? [] : [wrong("spec.schedule", valueAt(object, "spec", "schedule"), schedule.error)];
}

/** What holds for Kubernetes' own kinds beyond their shape, by resource. */
export const coreRules: Readonly<Record<string, Rule>> = {
  pods: pod,
  services: service,
  secrets: frozen,
  configmaps: frozen,
  "deployments.apps": workload,
  "replicasets.apps": workload,
  "statefulsets.apps": workload,
  "daemonsets.apps": workload,
  "cronjobs.batch": cronJob,
  "networkpolicies.networking.k8s.io": kubernetesPolicy,
  "clusternetworkpolicies.policy.networking.k8s.io": clusterNetworkPolicyRule,
  "endpointslices.discovery.k8s.io": endpointSlice,
  "rolebindings.rbac.authorization.k8s.io": binding,
  "clusterrolebindings.rbac.authorization.k8s.io": binding,
};
