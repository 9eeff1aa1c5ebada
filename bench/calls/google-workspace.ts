import { collector } from "../../collectors/google-workspace/collector.js";
import { permissions } from "../../collectors/google-workspace/permissions.js";
import { GoogleWorkspaceServer } from "../../test/servers/google-workspace/index.js";
import {
  addGroup,
  addUser,
  emptyWorkspace,
  license,
  member,
  orgUnit,
  token,
  type WorkspaceState,
} from "../../test/servers/google-workspace/state.js";
import type { Estate } from "./estate.js";

const USERS = 2_000;
const GROUPS = 200;
const MEMBERS = 20;
const UNITS = 10;
const CLIENTS = 25;
/** Every third user let an application in; all have a seat. */
const hasToken = (user: number) => user % 3 === 0;

const range = (length: number) => Array.from({ length }, (_, i) => i);
const emailOf = (user: number) => `u${user}@corp.example`;

function company(): WorkspaceState {
  const state = emptyWorkspace();
  state.orgUnits.push(...range(UNITS).map((i) => orgUnit(`unit${i}`, `/Unit ${i}`, "root")));
  const ids = range(USERS).map((i) =>
    addUser(state, emailOf(i), {
      id: String(200_000_000_000_000_000_000n + BigInt(i)),
      orgUnitPath: `/Unit ${i % UNITS}`,
    }),
  );
  for (const [i, id] of ids.entries()) {
    state.licenses.push(license(emailOf(i), "1010020020", "Google Workspace Enterprise Plus"));
    const client = i % CLIENTS;
    if (hasToken(i))
      state.tokens.set(id, [
        token(id, `${client}.apps.googleusercontent.com`, `Application ${client}`, ["openid"]),
      ]);
  }
  for (const group of range(GROUPS)) {
    const members = range(MEMBERS).map((i) => (group * 7 + i * 13) % USERS);
    addGroup(
      state,
      `g${group}@corp.example`,
      members.map((i) => member("USER", ids[i] ?? "", emailOf(i))),
    );
  }
  return state;
}

export async function startGoogleWorkspace(): Promise<Estate> {
  const state = company();
  const server = await GoogleWorkspaceServer.start(state);
  // As many as are asked for.
  server.pageSize = 1_000;
  for (const { name } of permissions) server.grants.authorised.add(name);
  return {
    collector,
    settings: server.settings,
    environment: server.environment(),
    holds: [
      { what: "customer", count: 1, asked: [] },
      { what: "domains", count: state.domains.length, asked: [] },
      { what: "organisational units", count: state.orgUnits.length, asked: [] },
      {
        what: "users",
        count: state.users.length,
        asked: ["tokens", "mail delegates", "the mailbox's own access token"],
      },
      { what: "tokens", count: state.tokens.size, asked: [] },
      { what: "seats", count: state.licenses.length, asked: [] },
      { what: "groups", count: state.groups.length, asked: ["members"] },
      { what: "roles", count: state.roles.length, asked: [] },
      { what: "role assignments", count: state.roleAssignments.length, asked: [] },
    ],
    calls: () => server.plan.served.filter(({ list }) => list !== "administrator's token").length,
    stop: () => server.stop(),
  };
}
