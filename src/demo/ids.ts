import { createHash } from "node:crypto";
import { random, unique } from "./random.js";

/** Ids as the systems make them, each a function of its name: the same thing has one id in every file. */

/** Of an object of Entra ID: a GUID of version 4. */
export function guid(...name: readonly (string | number)[]): string {
  const hex = createHash("sha256")
    .update(JSON.stringify(["guid", ...name]))
    .digest("hex");
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-a${part(17, 20)}-${part(20, 32)}`;
}

/** Of a user of Google or a service account: 21 digits. */
export const googleId = (...name: readonly (string | number)[]) =>
  `1${unique(20, "0123456789", "google-id", ...name)}`;

/** Of a project, folder or organisation of Google Cloud: twelve digits. */
export const googleNumber = (...name: readonly (string | number)[]) =>
  `${random("google-first", ...name).between(1, 9)}${unique(11, "0123456789", "google-number", ...name)}`;

/** Of a group of Google Workspace. */
export const workspaceGroupId = (...name: readonly (string | number)[]) =>
  `0${unique(14, "abcdefghijklmnopqrstuvwxyz0123456789", "workspace-group", ...name)}`;

/** Of a key of a service account: forty hexadecimal digits. */
export const keyId = (...name: readonly (string | number)[]) =>
  unique(40, "0123456789abcdef", "google-key", ...name);
