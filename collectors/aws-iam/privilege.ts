import { globMatches, type Privilege } from "../../src/model/index.js";
import { LEVELS, type Level, serviceActions, serviceKeys } from "./catalogue.js";
import { isEveryResource, matchesAction, type PolicyDocument, type Statement } from "./policy.js";

/** A policy by the name people know it by; without a document it was attached but not read. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument | undefined;
}

export interface Assessment {
  readonly privilege: Privilege;
  /** Why, in words: which policy, which action. */
  readonly why: string;
  /** What keeps it below what the Allow statements say: the boundary, explicit Denies. Sorted. */
  readonly limitedBy: readonly string[];
  /** Not every policy was read, nor perhaps the boundary. */
  readonly partly: boolean;
}

const PRIVILEGE_OF: Readonly<Record<Level, Privilege>> = {
  permissions: "privileged",
  write: "write",
  read: "read",
};

/** Writing actions by which one identity takes another's place: with them on every resource, write is too weak a word. */
const IMPERSONATING = [
  "iam:passrole",
  "iam:createaccesskey",
  "iam:createloginprofile",
  "iam:updateloginprofile",
];
/** Whoever keeps these on everything can lift whatever else holds them back. */
const SELF_LIFTING = [
  "iam:attachuserpolicy",
  "iam:attachrolepolicy",
  "iam:putuserpolicy",
  "iam:putrolepolicy",
];

interface Given {
  readonly statement: Statement;
  readonly policy: string;
}

/**
 * What a set of policies really allows, at the level of actions: Allow, minus explicit Deny, cut down to the
 * permissions boundary. A Deny under conditions or on some resources only is named in `limitedBy` and takes nothing
 * away, because it may not apply. SCPs, RCPs and session policies are not seen.
 */
export function assess(
  policies: readonly NamedPolicy[],
  boundary?: NamedPolicy & { readonly arn: string },
): Assessment {
  const unread = policies.filter(({ document }) => document === undefined).map(({ name }) => name);
  const given = policies.flatMap(({ name, document }) =>
    (document?.statements ?? []).map((statement): Given => ({ statement, policy: name })),
  );
  const allows = given.filter(({ statement }) => statement.allow);
  const denies = given.filter(({ statement }) => !statement.allow);
  const hard = denies.filter(({ statement: s }) => s.condition === undefined && isEveryResource(s));
  const limitedBy = [
    ...new Set([...denies.map(denyText), ...(boundary ? [`permissions boundary ${boundary.arn}`] : [])]),
  ].sort();

  const partly = unread.length > 0 || (boundary !== undefined && boundary.document === undefined);
  const result = (privilege: Privilege, why: string): Assessment => ({ privilege, why, limitedBy, partly });
  if (boundary !== undefined && boundary.document === undefined) {
    return result("unknown", `the permissions boundary ${boundary.arn} was not read`);
  }
  const bounds = boundary?.document?.statements;
  const permitted = (action: string) =>
    !hard.some(({ statement }) => matchesAction(statement, action)) &&
    (bounds === undefined ||
      (bounds.some((s) => s.allow && matchesAction(s, action)) &&
        !bounds.some(
          (s) => !s.allow && s.condition === undefined && isEveryResource(s) && matchesAction(s, action),
        )));

  const everything = allows.find(
    ({ statement: s }) =>
      isEveryResource(s) && !s.actionsInverted && s.actions.some((a) => a === "*" || a === "*:*"),
  );
  if (everything !== undefined && SELF_LIFTING.every(permitted)) {
    return result("admin", `${everything.policy} allows * on *${underCondition(everything.statement)}`);
  }
  if (unread.length > 0) return result("unknown", `not read: ${unread.sort().join(", ")}`);
  const strongest = strongestAction(allows, permitted);
  if (strongest !== undefined) {
    const { action, given: by, privilege, because } = strongest;
    return result(privilege, `${by.policy} allows ${action}${underCondition(by.statement)}: ${because}`);
  }
  if (allows.length === 0) return result("unknown", "no statement allows anything");
  return result(
    "unknown",
    limitedBy.length > 0
      ? `nothing of it is left: ${limitedBy.join("; ")}`
      : "it allows only actions that the catalogue does not know",
  );
}

const BECAUSE: Readonly<Record<Level, string>> = {
  permissions: "permissions management",
  write: "write access",
  read: "read access",
};

function strongestAction(
  allows: readonly Given[],
  permitted: (action: string) => boolean,
): { action: string; given: Given; privilege: Privilege; because: string } | undefined {
  for (const action of IMPERSONATING) {
    const by = allows.find(({ statement: s }) => isEveryResource(s) && matchesAction(s, action));
    if (by !== undefined && permitted(action)) {
      return {
        action: spelled(action),
        given: by,
        privilege: "privileged",
        because: "acts as other identities",
      };
    }
  }
  const named = allows.map((given) => ({ given, services: servicesOf(given.statement) }));
  for (const level of LEVELS) {
    for (const { given, services } of named) {
      for (const service of services) {
        const actions = serviceActions(service);
        if (actions === undefined) continue;
        const at = actions.lower[level].findIndex(
          (action) => matchesAction(given.statement, action) && permitted(action),
        );
        const action = actions.names[level][at];
        if (action !== undefined) {
          return { action, given, privilege: PRIVILEGE_OF[level], because: BECAUSE[level] };
        }
      }
    }
  }
  return undefined;
}

/** Only these services' files are read. */
function servicesOf(statement: Statement): readonly string[] {
  if (statement.actionsInverted) return serviceKeys();
  const named = new Set<string>();
  for (const pattern of statement.actions) {
    const prefix = pattern === "*" ? "*" : pattern.slice(0, Math.max(0, pattern.indexOf(":")));
    if (!/[*?]/.test(prefix)) named.add(prefix);
    else for (const service of serviceKeys()) if (globMatches(prefix, service)) named.add(service);
  }
  return [...named];
}

function spelled(lower: string): string {
  const [service = ""] = lower.split(":");
  const actions = serviceActions(service);
  for (const level of LEVELS) {
    const at = actions?.lower[level].indexOf(lower) ?? -1;
    const name = actions?.names[level][at];
    if (name !== undefined) return name;
  }
  return lower;
}

const underCondition = (statement: Statement) =>
  statement.condition === undefined ? "" : " under a condition";

function denyText({ statement, policy }: Given): string {
  const partly =
    statement.condition !== undefined
      ? " under a condition"
      : isEveryResource(statement)
        ? ""
        : " on some resources";
  return `explicit Deny${partly} in ${policy}`;
}
