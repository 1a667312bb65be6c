import { describe, expect, it } from "vitest";
import { enums, messages } from "../test/described-fields";
import { file_goldmane_goldmane as file } from "./gen/goldmane/goldmane_pb";

/** Numbers that the agent depends on, written down a second time so that a slip in the .proto shows. */
const MESSAGES: Readonly<Record<string, string>> = {
  FlowListRequest:
    "1 start_time_gte int64, 2 start_time_lt int64, 3 page int64, 4 page_size int64, 5 sort_by repeated SortOption, 6 filter Filter, 7 aggregation_interval int64",
  FlowListResult: "1 meta ListMetadata, 2 flows repeated FlowResult",
  FlowStreamRequest: "1 start_time_gte int64, 2 filter Filter, 3 aggregation_interval int64",
  FlowResult: "1 id int64, 2 flow Flow",
  FlowKey:
    "1 source_name string, 2 source_namespace string, 3 source_type EndpointType, 4 dest_name string, 5 dest_namespace string, 6 dest_type EndpointType, 7 dest_port int64, 8 dest_service_name string, 9 dest_service_namespace string, 10 dest_service_port_name string, 11 dest_service_port int64, 12 proto string, 13 reporter Reporter, 14 action Action, 15 policies PolicyTrace",
  Flow: "1 Key FlowKey, 2 start_time int64, 3 end_time int64, 4 source_labels repeated string, 5 dest_labels repeated string, 6 packets_in int64, 7 packets_out int64, 8 bytes_in int64, 9 bytes_out int64, 10 num_connections_started int64, 11 num_connections_completed int64, 12 num_connections_live int64",
  PolicyTrace: "1 enforced_policies repeated PolicyHit, 2 pending_policies repeated PolicyHit",
  PolicyHit:
    "1 kind PolicyKind, 2 namespace string, 3 name string, 4 tier string, 5 action Action, 6 policy_index int64, 7 rule_index int64, 8 trigger PolicyHit",
};

const ENUMS: Readonly<Record<string, string>> = {
  PolicyKind:
    "0 KindUnspecified, 1 CalicoNetworkPolicy, 2 GlobalNetworkPolicy, 3 StagedNetworkPolicy, 4 StagedGlobalNetworkPolicy, 5 StagedKubernetesNetworkPolicy, 6 NetworkPolicy, 9 Profile, 10 EndOfTier, 11 ClusterNetworkPolicy",
  EndpointType: "0 EndpointTypeUnspecified, 1 WorkloadEndpoint, 2 HostEndpoint, 3 NetworkSet, 4 Network",
  Action: "0 ActionUnspecified, 1 Allow, 2 Deny, 3 Pass",
  Reporter: "0 ReporterUnspecified, 1 Src, 2 Dst",
};

describe("numbers of Goldmane's messages", () => {
  it.each(Object.entries(MESSAGES))("%s", (name, expected) => expect(messages[name]).toBe(expected));
  it.each(Object.entries(ENUMS))("%s", (name, expected) => expect(enums[name]).toBe(expected));

  it("serves Goldmane's method paths", () => {
    const methods = file.services.flatMap((s) => s.methods.map((m) => `${s.typeName}/${m.name} ${m.methodKind}`));
    expect(methods).toEqual([
      "goldmane.Flows/List unary",
      "goldmane.Flows/Stream server_streaming",
      "goldmane.Flows/FilterHints unary",
      "goldmane.FlowCollector/Connect bidi_streaming",
      "goldmane.Statistics/List server_streaming",
    ]);
  });
});
