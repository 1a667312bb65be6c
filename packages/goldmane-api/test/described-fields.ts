import { ScalarType, type DescEnum, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { file_goldmane_goldmane as file } from "../src/gen/goldmane/goldmane_pb";

function typeOf(field: DescField): string {
  if (field.fieldKind === "message") return field.message.name;
  if (field.fieldKind === "enum") return field.enum.name;
  if (field.fieldKind === "scalar") return ScalarType[field.scalar].toLowerCase();
  if (field.fieldKind !== "list") throw new Error(`unexpected map field ${field.name}`);
  if (field.listKind === "message") return `repeated ${field.message.name}`;
  if (field.listKind === "enum") return `repeated ${field.enum.name}`;
  return `repeated ${ScalarType[field.scalar].toLowerCase()}`;
}

const describeMessage = (message: DescMessage): string =>
  message.fields.map((field) => `${field.number} ${field.name} ${typeOf(field)}`).join(", ");

const describeEnum = (e: DescEnum): string =>
  e.values
    .toSorted((a, b) => a.number - b.number)
    .map((value) => `${value.number} ${value.name}`)
    .join(", ");

export const messages = Object.fromEntries(file.messages.map((message) => [message.name, describeMessage(message)]));
export const enums = Object.fromEntries(file.enums.map((e) => [e.name, describeEnum(e)]));
