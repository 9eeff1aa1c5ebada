import { baseline } from "./aws-model.js";
import { mailOf } from "./members.js";
import { globalId, HR_STATUSES, type Worker } from "./people.js";
import { type Expectation, keys, type Stage, type Story } from "./story.js";

/** What stories are told with. */

export type Teller = (stage: Stage) => Story;

/** An HR row: an employee for three years unless told. */
export function worker(stage: Stage, nth: number, name: string, more: Partial<Worker> = {}): Worker {
  return {
    workerId: stage.id(nth),
    globalId: globalId(stage.seed, stage.id(nth), name),
    name,
    emails: [mailOf(name.toLowerCase().replace(" ", "."))],
    status: HR_STATUSES.active,
    type: "Regular Employee",
    startsIn: -1_095,
    department: "Platform Engineering",
    title: "Platform Engineer",
    managerId: stage.manager(nth),
    ...more,
  };
}

export const left = (daysAgo: number): Partial<Worker> => ({
  status: HR_STATUSES.terminated,
  endsIn: -daysAgo,
});

export const enabled = (stage: Stage, nth: number, account: string, user: string): Expectation => ({
  rule: "LVR-001",
  identity: { person: keys.person(stage.id(nth)), account: keys.user(stage, account, user) },
});

/** The residual access of one account: a finding for each policy that it still reaches. */
export function residual(
  stage: Stage,
  nth: number,
  account: string,
  user: string,
  entitlements: readonly string[],
): readonly Expectation[] {
  return entitlements.map((entitlement) => ({
    rule: "RES-001",
    identity: {
      person: keys.person(stage.id(nth)),
      account: keys.user(stage, account, user),
      entitlement,
    },
  }));
}

/** Keys of the policies that a group of the baseline carries. */
export function groupPolicies(account: string, name: string): readonly string[] {
  const group = baseline(account, "").groups.find((one) => one.name === name);
  return (group?.attached ?? []).map((arn) => keys.policy(account, arn));
}
