export * from "./gen/isthmus/link/v1/link_pb";
