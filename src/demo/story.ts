import { entityKey, refKey } from "../model/index.js";
import type { GroupSpec, RoleSpec, UserSpec } from "./aws-model.js";
import { roleIdOf, userIdOf } from "./aws-print.js";
import { type EntraPart, entraIds, ROLES, SKUS, TENANT } from "./entra-model.js";
import { accountEmail, type GooglePart, googleIds } from "./google-model.js";
import type { Member } from "./members.js";
import type { Worker } from "./people.js";
import { type WorkspacePart, workspaceIds } from "./workspace-model.js";

/** Names of the sources in the made-up company's configuration; they begin the keys in the graph. */
export const HR_SOURCE = "hr";
export const AWS_SOURCE = "aws";
export const ENTRA_SOURCE = "entra";
export const GOOGLE_CLOUD_SOURCE = "google-cloud";
export const WORKSPACE_SOURCE = "google-workspace";

/** A finding that a story must give: the rule and the columns that identify it. */
export interface Expectation {
  readonly rule: string;
  readonly identity: Readonly<Record<string, string>>;
}

/** Something that happens in companies, told by a few records, with all that should be found because of it. */
export interface Story {
  readonly id: string;
  readonly title: string;
  /** What happened, for people. */
  readonly tells: string;
  readonly workers: readonly Worker[];
  readonly prod?: AccountPart;
  readonly sandbox?: AccountPart;
  /** What its people have in the directories, made of what is usual for somebody like them. */
  readonly member?: (usual: Member) => Member;
  readonly entra?: EntraPart;
  readonly workspace?: WorkspacePart;
  readonly google?: GooglePart;
  /** Rows of the mapping file. */
  readonly mapping?: readonly MappingRow[];
  /** Every finding that the story gives, and no other; empty for one that must give none. */
  readonly expects: readonly Expectation[];
}

export interface AccountPart {
  readonly users?: readonly UserSpec[];
  readonly groups?: readonly GroupSpec[];
  readonly roles?: readonly RoleSpec[];
}

export interface MappingRow {
  /** ARN, or the id of an application. */
  readonly account: string;
  /** Worker id. */
  readonly person: string;
}

/** What a story is told with. */
export interface Stage {
  readonly seed: string;
  /** Twelve digits each. */
  readonly prod: string;
  readonly sandbox: string;
  /** Worker id of the story's nth person, and of the manager they report to. */
  id(nth: number): string;
  manager(nth: number): string;
}

export const keys = {
  person: (workerId: string) => entityKey(HR_SOURCE, "person", workerId),
  employment: (workerId: string) => entityKey(HR_SOURCE, "employment", workerId),
  user: (stage: Stage, account: string, name: string) =>
    entityKey(AWS_SOURCE, "aws-user", userIdOf(stage.seed, account, name)),
  role: (stage: Stage, account: string, name: string) =>
    entityKey(AWS_SOURCE, "aws-role", roleIdOf(stage.seed, account, name)),
  root: (account: string) => entityKey(AWS_SOURCE, "aws-root", account),
  policy: (account: string, arn: string) => entityKey(AWS_SOURCE, "aws-policy", `${account}/${arn}`),
  inline: (account: string, principalId: string, name: string) =>
    entityKey(AWS_SOURCE, "aws-policy", `${account}/inline:${principalId}:${name}`),
  awsAccount: (account: string) => refKey("aws-account", account),
  awsProvider: (arn: string) => refKey("aws-federated", arn),
  accessKey: (id: string) => entityKey(AWS_SOURCE, "aws-access-key", id),
  entra: {
    user: (stage: Stage, nth: number) =>
      entityKey(ENTRA_SOURCE, "entra-user", entraIds.user(stage.seed, stage.id(nth))),
    guest: (stage: Stage, email: string) =>
      entityKey(ENTRA_SOURCE, "entra-user", entraIds.guest(stage.seed, email)),
    app: (stage: Stage, app: string) =>
      entityKey(ENTRA_SOURCE, "entra-app", entraIds.appId(stage.seed, { name: app })),
    servicePrincipal: (stage: Stage, app: string) =>
      entityKey(ENTRA_SOURCE, "entra-sp", entraIds.servicePrincipal(stage.seed, app)),
    appRole: (stage: Stage, app: string, role: string) =>
      entityKey(ENTRA_SOURCE, "entra-app-role", `${entraIds.servicePrincipal(stage.seed, app)}/${role}`),
    secret: (stage: Stage, app: string, secret: string) =>
      entityKey(
        ENTRA_SOURCE,
        "entra-credential",
        `${entraIds.registration(stage.seed, app)}/${entraIds.secret(stage.seed, app, secret)}`,
      ),
    /** A user's consent, or, without one, an administrator's. */
    grant: (stage: Stage, app: string, nth?: number) =>
      entityKey(
        ENTRA_SOURCE,
        "entra-grant",
        entraIds.grant(
          stage.seed,
          app,
          nth === undefined ? "everybody" : entraIds.user(stage.seed, stage.id(nth)),
        ),
      ),
    role: (role: string) => entityKey(ENTRA_SOURCE, "entra-directory-role", `${ROLES[role]?.id}/tenant`),
    license: (sku: string) => entityKey(ENTRA_SOURCE, "entra-sku", `${TENANT}/${SKUS[sku]?.id}`),
  },
  workspace: {
    user: (stage: Stage, nth: number) =>
      entityKey(WORKSPACE_SOURCE, "workspace-user", workspaceIds.user(stage.seed, stage.id(nth))),
    token: (stage: Stage, nth: number, app: string) =>
      entityKey(
        WORKSPACE_SOURCE,
        "workspace-token",
        `${workspaceIds.user(stage.seed, stage.id(nth))}/${workspaceIds.client(app)}`,
      ),
  },
  google: {
    role: (stage: Stage, project: string, role: string) =>
      entityKey(
        GOOGLE_CLOUD_SOURCE,
        "google-role",
        `project/${googleIds.project(stage.seed, project)}/${role}`,
      ),
    account: (stage: Stage, project: string, name: string) =>
      entityKey(
        GOOGLE_CLOUD_SOURCE,
        "google-service-account",
        googleIds.account(stage.seed, accountEmail(project, name)),
      ),
    key: (stage: Stage, project: string, name: string, key: string) => {
      const email = accountEmail(project, name);
      return entityKey(
        GOOGLE_CLOUD_SOURCE,
        "google-service-account-key",
        `${googleIds.account(stage.seed, email)}/${googleIds.key(stage.seed, email, key)}`,
      );
    },
    member: (member: string) => refKey("google-member", member),
  },
} as const;
