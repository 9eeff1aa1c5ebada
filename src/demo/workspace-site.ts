import type { Block } from "./company.js";
import { suffixOf } from "./google-model.js";
import { CLOUD_DEPARTMENTS, type Member, mailOf, slug, type WorkspaceUser } from "./members.js";
import { UNITS } from "./names.js";
import { workerIdOf } from "./people.js";
import { WORKSPACE_ROLES, type WorkspaceGroupSpec, workspaceIds } from "./workspace-model.js";

/** A stretch of Google Workspace: the people of one block and their groups. */
export interface WorkspaceSite {
  readonly site: string;
  /** Everybody who is listed. */
  readonly users: readonly WorkspaceMember[];
  readonly deleted: readonly WorkspaceMember[];
  readonly groups: readonly SiteGroup[];
  /** Id of the user who administers the company's account; of the first site only. */
  readonly superAdmin: string | undefined;
  readonly roles: readonly { readonly role: string; readonly user: string }[];
  /** Who may open whose mailbox, by user id. */
  readonly delegates: ReadonlyMap<string, readonly WorkspaceMember[]>;
}

export interface WorkspaceMember extends Member {
  readonly workspace: WorkspaceUser;
}
export interface SiteGroup {
  readonly name: string;
  readonly title: string;
  readonly members: readonly {
    readonly type: "USER" | "GROUP";
    readonly id: string;
    readonly email: string;
  }[];
}

const isWorkspace = (member: Member): member is WorkspaceMember => member.workspace !== undefined;

export function workspaceSite(block: Block, seed: string): WorkspaceSite {
  const { site, isFirst, from, stories } = block;
  const suffix = suffixOf(site, isFirst);
  const all = block.members.filter(isWorkspace);
  const users = all.filter(({ workspace }) => workspace.state !== "deleted");
  const told = stories.flatMap(({ workspace }) => workspace?.groups ?? []);
  const here = ` (${site})`;
  const specs: readonly WorkspaceGroupSpec[] = [
    ...UNITS.map(({ department }) => ({ name: slug(department), title: department + here })),
    { name: "cloud-users", title: `Google Cloud users${here}`, nested: CLOUD_DEPARTMENTS.map(slug) },
    { name: "cloud-admins", title: `Google Cloud administrators${here}` },
  ];
  const admin = managerWithAccount(users, from, 0);
  const assistant = managerWithAccount(users, from, 1);
  const group = ({ name, title, nested }: WorkspaceGroupSpec, ending: string): SiteGroup => ({
    name: `${name}${ending}`,
    title,
    members: [
      ...users
        .filter((user) => user.workspace.groups.includes(name) || (name === "cloud-admins" && user === admin))
        .map(({ id, user }) => ({
          type: "USER" as const,
          id: workspaceIds.user(seed, id),
          email: mailOf(user),
        })),
      ...(nested ?? []).map((inner) => ({
        type: "GROUP" as const,
        id: workspaceIds.group(seed, `${inner}${ending}`),
        email: mailOf(`${inner}${ending}`),
      })),
    ],
  });
  const [superRole, groupsRole] = WORKSPACE_ROLES;
  const idOf = (member: WorkspaceMember | undefined) =>
    member === undefined ? undefined : workspaceIds.user(seed, member.id);
  const superAdmin = isFirst ? idOf(admin) : undefined;
  const groupsAdmin = idOf(assistant);
  return {
    site,
    users,
    deleted: all.filter(({ workspace }) => workspace.state === "deleted"),
    groups: [...specs.map((spec) => group(spec, suffix)), ...told.map((spec) => group(spec, ""))],
    superAdmin,
    roles: [
      ...(superAdmin === undefined ? [] : [{ role: superRole.name, user: superAdmin }]),
      ...(groupsAdmin === undefined ? [] : [{ role: groupsRole.name, user: groupsAdmin }]),
    ],
    delegates: new Map(
      admin === undefined || assistant === undefined
        ? []
        : [[workspaceIds.user(seed, admin.id), [assistant]]],
    ),
  };
}

/** Managers never leave. */
function managerWithAccount(
  users: readonly WorkspaceMember[],
  from: number,
  nth: number,
): WorkspaceMember | undefined {
  return users.filter(({ id }) => (Number(id) - Number(workerIdOf(from))) % 8 === 0)[nth];
}
