import { entityKey } from "../model/index.js";
import type { GroupSpec, RoleSpec, UserSpec } from "./aws-model.js";
import { roleIdOf, userIdOf } from "./aws-print.js";
import type { Worker } from "./people.js";

/** Names of the sources in the made-up company's configuration; they begin the keys in the graph. */
export const HR_SOURCE = "hr";
export const AWS_SOURCE = "aws";

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
  /** ARN. */
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
  accessKey: (id: string) => entityKey(AWS_SOURCE, "aws-access-key", id),
} as const;
