import { DateTime } from "luxon";
import {
  ACCOUNT_QUERIES,
  findPerson,
  findTarget,
  keysOfPath,
  NodeLookup,
  type ReachedView,
  reachedView,
  type WhoCanRow,
  whoCanRows,
} from "../export/index.js";
import type { NodeRef } from "../model/index.js";
import { type HeldState, heldOn, type ReachedTarget, walkFew, whoCanReach } from "../reach/index.js";
import type { EdgeRef } from "../reconcile/index.js";
import type { Keyed } from "./connection.js";
import type { ApiContext } from "./context.js";
import { asked, badInput } from "./errors.js";

/** One entitlement that an identity reaches; for a person's, the path begins at the person. */
export interface ReachedRow extends ReachedView, Keyed {
  /** The account or identity whose access it is. */
  readonly identity: NodeRef;
}

/** A walk's result with where it stands in its list, and whose it is. */
export interface Reached extends Keyed {
  readonly person: string | undefined;
  readonly found: ReachedTarget;
}

/**
 * All that a person or an identity reaches now, one path each. `wanted` is a key, or what `access` takes for a
 * person. Names are looked up afterwards, for the rows of the page only.
 */
export async function reachOf(context: ApiContext, wanted: string): Promise<readonly Reached[]> {
  const { store, now, signal } = context;
  const entity = await context.entity.load(wanted);
  const start = entity?.key ?? (await asked(findPerson(store, wanted, signal)));
  const isPerson = entity === undefined || entity.label === "Person";
  const starts = isPerson ? await accountsOf(context, start) : [start];
  const reached = await walkFew(store, starts, { now, signal });
  return reached.map((found) => ({
    key: `${found.start}|${found.target}`,
    person: isPerson ? start : undefined,
    found,
  }));
}

async function accountsOf({ store, signal }: ApiContext, person: string): Promise<readonly string[]> {
  const rows = await store.rows(ACCOUNT_QUERIES.ofPerson, { person }, signal);
  return rows.flatMap(({ key }) => (typeof key === "string" ? [key] : []));
}

/** Names for a page of `reachOf`: one query. */
export async function reachedRows(context: ApiContext, page: readonly Reached[]): Promise<ReachedRow[]> {
  const nodes = new NodeLookup(context.store, context.signal);
  await nodes.load(
    page.flatMap(({ person, found }) => [
      ...(person === undefined ? [] : [person]),
      found.start,
      found.target,
      ...keysOfPath(found.path),
    ]),
  );
  return page.map(({ key, person, found }) => {
    const view = reachedView(found, nodes);
    const identity = nodes.ref(found.start);
    const link: EdgeRef[] =
      person === undefined ? [] : [{ from: nodes.ref(person), edge: "HAS_ACCOUNT", to: identity }];
    return { ...view, key, identity, path: [...link, ...view.path] };
  });
}

export interface ReachedBy extends Keyed {
  readonly found: ReachedTarget;
}

/** Everybody who reaches something now, one path each. `wanted` is what `who-can` takes. */
export async function reachersOf(context: ApiContext, wanted: string): Promise<readonly ReachedBy[]> {
  const { store, now, signal } = context;
  const target = await asked(findTarget(store, wanted, signal));
  const reached = whoCanReach(await context.reachGraph(), target.key, { now, signal });
  return reached.map((found) => ({ key: found.start, found }));
}

/** Names for a page of `reachersOf`: the same number of queries for every page. */
export async function reacherRows(
  context: ApiContext,
  page: readonly ReachedBy[],
): Promise<(WhoCanRow & Keyed)[]> {
  const rows = await whoCanRows(
    context.store,
    page.map(({ found }) => found),
    context.now,
    context.signal,
  );
  return rows.map((row) => ({ ...row, key: row.identity.key }));
}

/** What a person held at an instant. */
export interface HeldView {
  readonly person: string;
  /** Epoch ms. */
  readonly at: number;
  readonly accounts: readonly HeldKey[];
  readonly rights: readonly HeldKey[];
}

export interface HeldKey extends Keyed {
  readonly held: HeldState;
  readonly account: string;
  /** None for the account as such. */
  readonly right: string | undefined;
  readonly path: readonly { readonly from: string; readonly type: string; readonly to: string }[];
}

/** `when` is a day, which means its end in the company's time zone, or an instant with its zone. */
export async function heldBy(context: ApiContext, wanted: string, when: string): Promise<HeldView> {
  const { store, now, signal } = context;
  const at = instantOf(when, context.zone);
  const person = await asked(findPerson(store, wanted, signal));
  const held = await heldOn(store, person, at, { now, signal });
  if (held === undefined) throw badInput(`The graph holds no person ${wanted}.`);
  return {
    person: held.person,
    at,
    accounts: held.accounts.map(({ account, state, link }) => ({
      key: account,
      held: state,
      account,
      right: undefined,
      path: [link],
    })),
    rights: held.rights.map(({ start, target, state, path }) => ({
      key: `${start}|${target}`,
      held: state,
      account: start,
      right: target,
      path,
    })),
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /T.*(Z|[+-]\d{2}:\d{2})$/;

function instantOf(when: string, zone: string): number {
  const parsed = DAY.test(when)
    ? DateTime.fromISO(when, { zone }).endOf("day")
    : DateTime.fromISO(INSTANT.test(when) ? when : "");
  if (!parsed.isValid) {
    throw badInput("`at` takes a day (2026-03-31) or an instant with its zone (2026-03-31T14:05:00Z).");
  }
  return parsed.toMillis();
}
