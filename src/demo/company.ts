import { InputError } from "../model/index.js";
import { type AccountSpec, baseline, type UserSpec } from "./aws-model.js";
import { entraIds, VAULT_BACKUP } from "./entra-model.js";
import { jobsSubjectOf } from "./google-model.js";
import { type Member, usualMember } from "./members.js";
import {
  addressOf,
  type Company,
  fillerAt,
  isManager,
  managerIdOf,
  type Worker,
  workerIdOf,
} from "./people.js";
import { awsId, random } from "./random.js";
import { TELLERS } from "./stories.js";
import type { MappingRow, Stage, Story } from "./story.js";

/** People per pair of AWS accounts: an account holds 5,000 users at most. */
const BLOCK = 4_000;
/** A company this small has room for every story beside its managers. */
export const LEAST_PEOPLE = 80;

export const PROD = "111122223333";
export const SANDBOX = "444455556666";

/** The places where the company works, one for each block. */
const SITES = "Hamburg Lyon Porto Gdansk Turin Aarhus Leeds Ghent Graz Tampere Brno Malaga".split(" ");

/** A stretch of the company, at one site, with the two AWS accounts that its people use. */
export interface Block {
  readonly site: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Index of its first person, who is a manager. */
  readonly from: number;
  /** Worker id of a manager who answers for what is the site's own. */
  readonly head: string;
  readonly workers: readonly Worker[];
  /** The same people, once each, with what they have in the directories. */
  readonly members: readonly Member[];
  readonly accounts: readonly AccountSpec[];
  /** In the first block only: what they add is there. */
  readonly stories: readonly Story[];
  /** Unique id of the Google service account that runs the site's nightly jobs. */
  readonly jobsSubject: string;
}

/** A made-up company: a function of its seed and size. */
export interface MadeUpCompany {
  readonly stories: readonly Story[];
  readonly mapping: readonly MappingRow[];
  /** How many people it has; a person may have several HR rows. */
  readonly people: number;
  /** Block by block, so that any size fits into memory. */
  blocks(): Generator<Block>;
}

/** @throws InputError when there are too few people for the stories. */
export function makeCompany(company: Company): MadeUpCompany {
  if (!Number.isInteger(company.people) || company.people < LEAST_PEOPLE) {
    throw new InputError({
      what: `A made-up company needs at least ${LEAST_PEOPLE} people, and not ${company.people}.`,
    });
  }
  const { stories, taken } = tell(company);
  const count = Math.ceil(company.people / BLOCK);
  const roots = Array.from({ length: count - 1 }, (_, at) => accountIds(company.seed, at + 1))
    .flat()
    .map((id) => ({ account: `arn:aws:iam::${id}:root`, person: workerIdOf(0) }));
  return {
    stories,
    mapping: [
      ...stories.flatMap((story) => story.mapping ?? []),
      // Nobody can be named as the owner of a managed identity in Entra ID itself.
      { account: entraIds.appId(company.seed, { name: VAULT_BACKUP }), person: workerIdOf(8) },
      ...roots,
    ],
    people: company.people,
    *blocks() {
      for (let at = 0; at < count; at++) yield block(at, company, stories, taken);
    },
  };
}

/** Somebody of a story: the HR rows, and what the directories hold. */
interface Told {
  readonly workers: readonly Worker[];
  readonly member: Member;
}

/** Gives each story its people's places in the company, spread over those who manage nobody. */
function tell(company: Company): {
  stories: readonly Story[];
  taken: ReadonlyMap<number, Told>;
} {
  const places = placesIn(company);
  const taken = new Map<number, Told>();
  const stories = TELLERS.map((teller) => {
    const own: number[] = [];
    const place = (nth: number) => {
      while (own.length <= nth) {
        const next = places.next().value;
        if (next === undefined) throw new Error("more stories than places");
        own.push(next);
      }
      return own[nth] ?? 0;
    };
    const stage: Stage = {
      seed: company.seed,
      prod: PROD,
      sandbox: SANDBOX,
      id: (nth) => workerIdOf(place(nth)),
      manager: (nth) => managerIdOf(place(nth)),
    };
    const story = teller(stage);
    own.forEach((index, nth) => {
      const id = workerIdOf(index);
      const rows = story.workers.filter(({ workerId }) => workerId === id || workerId === `C${id}`);
      if (rows.length === 0)
        throw new Error(`story ${story.id} takes a place for person ${nth} and does not fill it`);
      // Whoever a story tells of is as tidy as everybody else, but for what it tells.
      const usual = usualMember(id, rows, { ...company, forgotten: 0 });
      taken.set(index, { workers: rows, member: story.member?.(usual) ?? usual });
    });
    return story;
  });
  return { stories, taken };
}

/** Places of people who manage nobody, spread over the first block. */
function* placesIn({ people, seed }: Company): Generator<number, undefined> {
  const rng = random("places", seed);
  const end = Math.min(people, BLOCK);
  // Thirty steps of this size at least: more places than the stories take, also in the smallest company.
  const step = Math.max(2, Math.floor(end / 30));
  for (let index = 1; index < end; index += rng.between(1, step)) {
    if (!isManager(index)) yield index;
  }
  return undefined;
}

function accountIds(seed: string, at: number): readonly [string, string] {
  if (at === 0) return [PROD, SANDBOX];
  const rng = random("account-ids", seed, at);
  // The block's number inside keeps ids of two blocks apart.
  const id = (prefix: string) => `${prefix}${rng.text(5, "0123456789")}${String(at).padStart(6, "0")}`;
  return [id("2"), id("3")];
}

function block(
  at: number,
  company: Company,
  stories: readonly Story[],
  taken: ReadonlyMap<number, Told>,
): Block {
  const workers: Worker[] = [];
  const members: Member[] = [];
  const from = at * BLOCK;
  const to = Math.min(company.people, from + BLOCK);
  const users: { prod: UserSpec[]; sandbox: UserSpec[] } = { prod: [], sandbox: [] };
  for (let index = from; index < to; index++) {
    const told = taken.get(index);
    if (told !== undefined) {
      workers.push(...told.workers);
      members.push(told.member);
      continue;
    }
    const filler = fillerAt(index, company);
    workers.push(filler.worker);
    members.push(usualMember(filler.worker.workerId, [filler.worker], company));
    if (filler.prod !== undefined) users.prod.push(filler.prod);
    if (filler.sandbox !== undefined) users.sandbox.push(filler.sandbox);
  }
  const owner = addressOf(8).email;
  const [prod, sandbox] = accountIds(company.seed, at);
  const account = (id: string, which: "prod" | "sandbox"): AccountSpec => {
    const parts = at === 0 ? stories.flatMap((story) => story[which] ?? []) : [];
    const base = baseline(id, owner);
    const all = [
      ...users[which],
      ...runners(company.seed, id, owner),
      ...parts.flatMap((part) => part.users ?? []),
    ];
    return {
      id,
      users: all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      groups: [...base.groups, ...parts.flatMap((part) => part.groups ?? [])],
      roles: [...base.roles, ...parts.flatMap((part) => part.roles ?? [])],
      policies: base.policies,
    };
  };
  const site = SITES[at] ?? `Site ${at + 1}`;
  return {
    site,
    isFirst: at === 0,
    isLast: to === company.people,
    from,
    head: workerIdOf(from + 8 < to ? from + 8 : from),
    workers,
    members,
    accounts: [account(prod, "prod"), account(sandbox, "sandbox")],
    stories: at === 0 ? stories : [],
    jobsSubject: jobsSubjectOf(company.seed, site, at === 0),
  };
}

/** Software that somebody answers for. */
function runners(seed: string, account: string, owner: string): readonly UserSpec[] {
  return ["ci-runner-build", "ci-runner-release"].map((name) => ({
    name,
    createdDaysAgo: 500,
    keys: [
      {
        id: awsId("AKIA", seed, account, name),
        active: true,
        createdDaysAgo: 80,
        lastUsedDaysAgo: 0,
        service: "ecr",
      },
    ],
    attached: [`arn:aws:iam::${account}:policy/deploy-pipeline`],
    tags: { Owner: owner, purpose: "continuous integration" },
  }));
}
