import { permissionSpecs, type Permission } from "@isthmus/access";

/** Titles of those permissions that only a binding without limits gives. */
export const wideOnly = (permissions: readonly Permission[]): readonly string[] =>
  permissions
    .map((permission) => permissionSpecs[permission])
    .filter(({ dimensions }) => dimensions.length === 0)
    .map(({ title }) => title);
