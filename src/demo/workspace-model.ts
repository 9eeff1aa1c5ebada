import { googleId, guid, workspaceGroupId } from "./ids.js";
import { random } from "./random.js";

/** What the made-up account of Google Workspace holds beside its people. */

/** The account's id. */
export const CUSTOMER = "C02k7xq4m";

export interface WorkspaceGroupSpec {
  /** What stands before the @. */
  readonly name: string;
  readonly title: string;
  /** Groups that are members of it. */
  readonly nested?: readonly string[];
}

/** What a story adds to Workspace. */
export interface WorkspacePart {
  readonly groups?: readonly WorkspaceGroupSpec[];
}

export const workspaceIds = {
  user: (seed: string, id: string) => googleId("workspace-user", seed, id),
  group: (seed: string, name: string) => workspaceGroupId(seed, name),
  unit: (seed: string, name: string) => workspaceGroupId("unit", seed, name),
  /** Of an application that users let in. */
  client: (app: string) =>
    `${random("google-client", app).text(12, "0123456789")}-${guid("google-client", app).replaceAll("-", "")}.apps.googleusercontent.com`,
  role: (seed: string, name: string) => random("workspace-role", seed, name).text(17, "123456789"),
} as const;

/** https://developers.google.com/workspace/admin/licensing/v1/how-tos/products */
export const WORKSPACE_PRODUCT = "Google-Apps";
export const WORKSPACE_SKU = { id: "1010020028", name: "Google Workspace Business Standard", cost: 13.6 };

/** Administrator roles, with one of the privileges that they give. */
export const WORKSPACE_ROLES = [
  { name: "_SEED_ADMIN_ROLE", privileges: ["SUPER_ADMIN"], isSuper: true },
  { name: "_GROUPS_ADMIN_ROLE", privileges: ["GROUPS_ALL"], isSuper: false },
] as const;
