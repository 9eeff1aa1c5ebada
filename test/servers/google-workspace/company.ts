import {
  addGroup,
  addUser,
  assignment,
  domain,
  emptyWorkspace,
  type Json,
  license,
  member,
  NEVER,
  orgUnit,
  role,
  token,
  type WorkspaceState,
} from "./state.js";

const DELETED: Json = {
  kind: "admin#directory#user",
  isAdmin: false,
  isDelegatedAdmin: false,
  suspended: false,
  archived: false,
  creationTime: "2019-05-01T09:00:00.000Z",
  lastLoginTime: NEVER,
  deletionTime: "2026-11-15T12:00:00.000Z",
  orgUnitPath: "/",
};

/** A small company with some of everything, and more of each than a page holds. */
export function smallCompany(): WorkspaceState {
  const state = emptyWorkspace();
  const { customer } = state;
  state.domains.push(
    domain("lab.example", {
      domainAliases: [
        { kind: "admin#directory#domainAlias", domainAliasName: "labs.example", verified: true },
      ],
    }),
  );
  state.orgUnits.push(
    orgUnit("engineering", "/Engineering", "root"),
    orgUnit("platform", "/Engineering/Platform", "engineering"),
  );
  const ann = addUser(state, "ann@corp.example", {
    externalIds: [{ type: "organization", value: "E-100" }],
    aliases: ["ann.long@corp.example"],
    nonEditableAliases: ["ann@corp.example.test-google-a.com"],
    orgUnitPath: "/Engineering",
    isDelegatedAdmin: true,
  });
  const bob = addUser(state, "bob@corp.example");
  const cleo = addUser(state, "cleo@lab.example", { lastLoginTime: NEVER, isEnrolledIn2Sv: false });
  const dan = addUser(state, "dan@corp.example", { suspended: true, suspensionReason: "ADMIN" });
  addUser(state, "eve@corp.example", { archived: true });
  addUser(state, "robot@corp.example", { isMailboxSetup: false });
  for (const name of ["old1", "old2", "old3"]) {
    state.deletedUsers.push({
      ...DELETED,
      id: `20000000000000000000${name.slice(-1)}`,
      primaryEmail: `${name}@corp.example`,
      customerId: customer.id,
      name: { fullName: `${name} Example` },
    });
  }
  const everybody = addGroup(state, "everybody@corp.example", [member("CUSTOMER", customer.id)]);
  const platform = addGroup(
    state,
    "platform@corp.example",
    [
      member("USER", ann, "ann@corp.example", { role: "OWNER" }),
      member("USER", bob, "bob@corp.example"),
      member("USER", dan, "dan@corp.example", { status: "SUSPENDED" }),
      member("USER", "300000000000000000001", "build@reader-project.iam.gserviceaccount.com"),
      member("USER", "300000000000000000002", "guest@elsewhere.example"),
    ],
    { aliases: ["pf@corp.example"] },
  );
  addGroup(state, "engineers@corp.example", [
    member("GROUP", platform, "platform@corp.example"),
    member("USER", cleo, "cleo@lab.example", { role: "MANAGER" }),
    member("GROUP", "0partnergrp", "team@partner.example"),
  ]);
  state.roles.push(
    role("3894208461012995", "_GROUPS_ADMIN_ROLE", ["GROUPS_ALL"], { isSystemRole: true }),
    role("3894208461013001", "Auditors", ["USERS_RETRIEVE", "GROUPS_RETRIEVE"]),
  );
  state.roleAssignments.push(
    assignment("2", "3894208461012995", ann, { scopeType: "ORG_UNIT", orgUnitId: "engineering" }),
    assignment("3", "3894208461013001", everybody, { assigneeType: "GROUP" }),
    assignment("4", "3894208461013001", "400000000000000000001"),
  );
  state.tokens.set(ann, [
    token(ann, "1.apps.googleusercontent.com", "Diagrams", [
      "https://www.googleapis.com/auth/drive",
      "https://www.googleapis.com/auth/userinfo.email",
    ]),
  ]);
  state.tokens.set(dan, [
    token(dan, "1.apps.googleusercontent.com", "Diagrams", ["https://mail.google.com/"]),
  ]);
  for (const name of ["ann", "bob", "dan"])
    state.licenses.push(license(`${name}@corp.example`, "1010020020", "Google Workspace Enterprise Plus"));
  state.delegates.set("ann@corp.example", [
    { delegateEmail: "bob@corp.example", verificationStatus: "accepted" },
    { delegateEmail: "cleo@lab.example", verificationStatus: "pending" },
  ]);
  return state;
}

/** Refers to objects that no list has: an account elsewhere, and a service account known by its id only. */
export function nameStrangers(state: WorkspaceState): void {
  const [group] = state.groups;
  if (group === undefined) throw new Error("no group");
  state.members.get(group.id)?.push(member("USER", "900000000000000000001", "stranger@nowhere.example"));
  state.roleAssignments.push(assignment("9", "3894208461013001", "900000000000000000002"));
}

const objectsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Puts a text into every field that people or Google may write a secret into. None of them is needed. */
export function hideSecret(state: WorkspaceState, secret: string): void {
  const notes: Json = { notes: { value: secret, contentType: "text_plain" } };
  for (const user of [...state.users, ...state.deletedUsers]) {
    Object.assign(user, notes, {
      password: secret,
      hashFunction: secret,
      recoveryEmail: `${secret}@private.example`,
      recoveryPhone: secret,
      phones: [{ value: secret, type: "mobile" }],
      ims: [{ im: secret, type: "work", protocol: "gtalk" }],
      addresses: [{ type: "home", formatted: secret }],
      relations: [{ value: secret, type: "manager" }],
      keywords: [{ value: secret, type: "occupation" }],
      websites: [{ value: `https://x.example/${secret}` }],
      sshPublicKeys: [{ key: secret, fingerprint: secret }],
      posixAccounts: [{ username: secret, homeDirectory: secret }],
      customSchemas: { Payroll: { pin: secret } },
      thumbnailPhotoUrl: `https://photos.example/${secret}`,
      thumbnailPhotoEtag: secret,
      etag: secret,
      emails: [
        { address: user.primaryEmail, primary: true },
        { address: `${secret}@private.example`, type: "home" },
      ],
      externalIds: [...objectsOf(user.externalIds), { type: "login_id", value: secret }],
    });
  }
  Object.assign(state.customer, {
    alternateEmail: `${secret}@private.example`,
    phoneNumber: secret,
    postalAddress: { contactName: secret },
    etag: secret,
  });
  const others: Json[] = [
    ...state.domains,
    ...state.orgUnits,
    ...state.groups,
    ...state.roles,
    ...state.roleAssignments,
    ...state.licenses,
    ...[state.members, state.tokens, state.delegates].flatMap((lists) => [...lists.values()].flat()),
  ];
  for (const one of others)
    Object.assign(one, { description: secret, roleDescription: secret, etag: secret, selfLink: secret });
}
