import { type Random, random } from "../../src/demo/random.js";
import type { ParamValue } from "../../src/graph/index.js";
import type { Fixture } from "../../src/reconcile/cases/fixture.js";

/** When the rules look at the world of `ruleWorld`. */
export const RULE_WORLD_NOW = Date.parse("2026-11-21T12:00:00Z");
const DAY = 86_400_000;

type Props = Readonly<Record<string, ParamValue>>;
/** What is `undefined` is left out. */
type Given = Readonly<Record<string, ParamValue | undefined>>;

/**
 * A graph in which every rule finds something, made from a seed: persons with up to three employments, accounts and
 * software of every type and status, hubs (one group holds every second account, one leaver owns many), cycles of
 * groups and roles, references that nobody describes, and properties that are missing wherever they may be.
 */
export function ruleWorld(seed: string): Fixture {
  const r = random("rule-world", seed);
  const nodes: Fixture["nodes"][number][] = [];
  const edges = new Map<string, Fixture["edges"][number]>();
  const node = (key: string, labels: readonly string[], props: Given) => {
    const [source = ""] = key.split("/");
    const partition = r.pick(["111111111111", "222222222222"]);
    const assertions = source === "ref" ? {} : { assertions: [`0|${source}|things|${partition}|0`] };
    nodes.push({ key, labels, props: { key, label: labels[0] ?? "", ...assertions, ...given(props) } });
    return key;
  };
  const edge = (from: string, type: string, to: string, props: Given = {}) => {
    const disc = r.chance(0.05) ? "x" : "";
    const kept = {
      assertions: ["0|derived|links|all|0"],
      ...(r.chance(0.1) ? {} : { disc }),
      ...given(props),
    };
    edges.set([type, from, to].join("|"), { from, type, to, props: kept });
  };
  const maybe = <T>(probability: number, value: () => T) => (r.chance(probability) ? value() : undefined);
  const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

  const persons = many(160, (i) => {
    const person = node(`hr/person/${i}`, ["Person"], { name: maybe(0.95, () => `Person ${i}`) });
    for (let nth = 0; nth < r.between(0, 3); nth++) {
      const work = node(`hr/employment/${i}-${nth}`, ["Employment"], employment(r, `${i}-${nth}`));
      edge(person, "EMPLOYED_AS", work, term(r));
    }
    return person;
  });
  const accounts = many(300, (i) =>
    node(`aws/user/${i}`, r.chance(0.15) ? ["Account", "NonHumanIdentity"] : ["Account"], {
      ...named(r, `user ${i}`),
      status: maybe(0.85, () => r.pick(["enabled", "enabled", "disabled", "deleted", "unknown"])),
      accountType: maybe(0.8, () => r.pick(["human", "human", "shared", "guest", "breakGlass", "unknown"])),
      email: maybe(0.3, () => `user${i}@example.com`),
      lastLoginAt: maybe(0.5, () => RULE_WORLD_NOW - r.between(0, 400) * DAY),
      disputed: maybe(0.08, () => [r.pick(persons), r.pick(persons), "hr/person/gone"]),
      disputedRule: maybe(0.5, () => r.pick(["email", "userName"])),
    }),
  );
  const software = many(120, (i) =>
    node(`aws/role/${i}`, ["NonHumanIdentity"], {
      ...named(r, `role ${i}`),
      nhiType: maybe(0.8, () => r.pick(["role", "application"])),
      status: maybe(0.5, () => r.pick(["enabled", "disabled", "deleted", "unknown"])),
      purpose: maybe(0.2, () => "nightly"),
      createdAt: maybe(0.5, () => RULE_WORLD_NOW - 900 * DAY),
      lastUsedAt: maybe(0.5, () => RULE_WORLD_NOW - 9 * DAY),
    }),
  );
  const groups = many(30, (i) => node(`aws/group/${i}`, ["Group"], { name: `group ${i}` }));
  const references = many(8, (i) => node(`ref/owner-tag/team-${i}`, ["Unresolved"], { name: `team-${i}` }));
  const resources = many(4, (i) => node(`aws/account/${i}`, ["Resource"], { name: `account ${i}` }));
  const policies = many(20, (i) => {
    const policy = node(`aws/policy/${i}`, ["Entitlement"], {
      name: `policy ${i}`,
      privilege: maybe(0.8, () => r.pick(["admin", "privileged", "write", "read"])),
      ...(i % 2 === 0 ? { assumes: ['{"allow":["*"]}'] } : {}),
    });
    if (r.chance(0.9)) edge(policy, "ON", r.pick(resources));
    return policy;
  });
  many(200, (i) => {
    const credential = node(`aws/key/${i}`, ["Credential"], {
      name: maybe(0.9, () => `AKIA${i}`),
      credentialType: maybe(0.8, () => "accessKey"),
      status: maybe(0.85, () => r.pick(["active", "active", "inactive", "deleted", "unknown"])),
      createdAt: maybe(0.5, () => RULE_WORLD_NOW - 90 * DAY),
      lastUsedAt: maybe(0.5, () => RULE_WORLD_NOW - 9 * DAY),
      expiresAt: maybe(0.2, () => RULE_WORLD_NOW + r.between(-2, 2) * DAY),
    });
    edge(r.pick(r.chance(0.8) ? accounts : software), "HAS_CREDENTIAL", credential);
  });

  for (const account of accounts) {
    if (r.chance(0.6)) edge(r.pick(persons), "HAS_ACCOUNT", account, { rule: "email" });
    if (r.chance(0.5)) edge(account, "MEMBER_OF", groups[0] ?? account);
    if (r.chance(0.3)) edge(account, "MEMBER_OF", r.pick(groups));
    if (r.chance(0.1)) edge(account, "SIGNS_IN_AS", r.pick(accounts));
    if (r.chance(0.2)) edge(account, "HAS_ENTITLEMENT", r.pick(policies));
    if (r.chance(0.1)) edge(account, "CAN_ASSUME", r.pick(software), { condition: maybe(0.3, () => "mfa") });
  }
  // Hubs: somebody who is tied to many accounts, and owns much of the software.
  const busy = persons[1] ?? "";
  for (const account of accounts.slice(0, 40)) edge(busy, "HAS_ACCOUNT", account);
  for (const owned of [...software, ...accounts]) {
    const basis = maybe(0.8, () => r.pick(["tag", "declared", "creator", "mapping"]));
    if (r.chance(0.15)) edge(owned, "OWNED_BY", busy, { basis });
    if (r.chance(0.15)) edge(owned, "OWNED_BY", r.pick(persons), { basis });
    if (r.chance(0.15)) edge(owned, "OWNED_BY", r.pick(accounts), { basis });
    if (r.chance(0.1)) edge(owned, "OWNED_BY", r.pick(references), { basis });
  }
  for (const group of groups) {
    edge(group, "MEMBER_OF", r.pick(groups));
    if (r.chance(0.6)) edge(group, "HAS_ENTITLEMENT", r.pick(policies));
  }
  for (const role of software) {
    if (r.chance(0.3)) edge(role, "CAN_ASSUME", r.pick(software));
    if (r.chance(0.5)) edge(role, "HAS_ENTITLEMENT", r.pick(policies));
  }
  crossSystems({ r, node, edge, maybe, many, persons, accounts, software, groups, policies });
  const markers = ["aws-iam|111111111111", "entra|tenant", "google-workspace|customer"].map((one, i) => {
    const [system = "", partition = ""] = one.split("|");
    return { key: `${one}|things`, system, partition, state: i === 2 ? "outOfScope" : "applied" };
  });
  return { nodes, edges: [...edges.values()], markers };
}

/** What the systems have that are not AWS, and what their policies call each other by. */
function crossSystems(w: {
  readonly r: Random;
  readonly node: (key: string, labels: readonly string[], props: Given) => string;
  readonly edge: (from: string, type: string, to: string, props?: Given) => void;
  readonly maybe: <T>(probability: number, value: () => T) => T | undefined;
  readonly many: <T>(count: number, make: (i: number) => T) => T[];
  readonly persons: readonly string[];
  readonly accounts: readonly string[];
  readonly software: readonly string[];
  readonly groups: readonly string[];
  readonly policies: readonly string[];
}): void {
  const { r, node, edge, maybe, many, persons, accounts, software, groups, policies } = w;
  const privilege = () => maybe(0.8, () => r.pick(["admin", "privileged", "write", "read", "unknown"]));
  const status = () => maybe(0.8, () => r.pick(["enabled", "enabled", "disabled", "deleted", "unknown"]));
  const owners = (thing: string) => {
    const basis = maybe(0.8, () => r.pick(["declared", "tag", "mapping"]));
    if (r.chance(0.4)) edge(thing, "OWNED_BY", r.pick(persons), { basis });
    if (r.chance(0.3)) edge(thing, "OWNED_BY", r.pick(accounts), { basis });
  };
  const secret = (holder: string, id: string) => {
    const key = node(`entra/entra-credential/${id}`, ["Credential"], {
      credentialType: maybe(0.8, () => r.pick(["secret", "certificate", "federation"])),
      status: maybe(0.9, () => r.pick(["active", "active", "inactive", "unknown"])),
      createdAt: maybe(0.8, () => RULE_WORLD_NOW - r.between(0, 900) * DAY),
      rotatedAt: maybe(0.2, () => RULE_WORLD_NOW - r.between(0, 900) * DAY),
      expiresAt: maybe(0.2, () => RULE_WORLD_NOW + r.between(-2, 2) * DAY),
    });
    edge(holder, "HAS_CREDENTIAL", key);
    if (r.chance(0.3)) edge(r.pick(accounts), "CREATED", key);
  };
  const roles = many(12, (i) =>
    node(`entra/entra-app-role/${i}`, ["Entitlement", "EntraAppRole"], {
      name: `role ${i}`,
      value: maybe(0.7, () => `Thing.${i}`),
      privilege: privilege(),
    }),
  );
  const applications = many(60, (i) => {
    const app = node(`entra/entra-app/${i}`, ["Application", "EntraApplication"], {
      name: maybe(0.9, () => `application ${i}`),
      status: maybe(0.1, () => "deleted"),
      firstParty: maybe(0.8, () => r.chance(0.4)),
      publisher: maybe(0.6, () => "Widgets Ltd"),
    });
    owners(app);
    if (r.chance(0.5)) secret(app, `app-${i}`);
    for (let nth = 0; nth < r.between(0, 2); nth++) {
      const sp = node(`entra/entra-sp/${i}-${nth}`, ["NonHumanIdentity", "EntraServicePrincipal"], {
        ...named(r, `principal ${i}`),
        status: status(),
        nhiType: r.pick(["servicePrincipal", "servicePrincipal", "managedIdentity"]),
      });
      if (r.chance(0.9)) edge(app, "RUNS_AS", sp);
      owners(sp);
      if (r.chance(0.4)) secret(sp, `sp-${i}-${nth}`);
      for (let given = 0; given < r.between(0, 3); given++) edge(sp, "HAS_ENTITLEMENT", r.pick(roles));
    }
    return app;
  });
  many(150, (i) => {
    const grant = node(`entra/entra-grant/${i}`, ["OAuthGrant"], {
      name: maybe(0.5, () => `grant ${i}`),
      consentType: maybe(0.9, () => r.pick(["admin", "user", "user", "unknown"])),
      scopes: maybe(0.8, () => [r.pick(["Mail.Read", "Files.ReadWrite"]), r.pick(["openid", "User.Read"])]),
      privilege: privilege(),
    });
    if (r.chance(0.6)) edge(r.pick(accounts), "CONSENTED", grant);
    if (r.chance(0.9)) edge(grant, "TO", r.pick(applications));
  });
  const gone = node("ref/entra-object/gone", ["Unresolved"], { name: "gone" });
  edge("entra/entra-grant/0", "TO", gone);
  const seats = many(5, (i) =>
    node(`entra/entra-sku/${i}`, ["License"], {
      name: maybe(0.8, () => `licence ${i}`),
      costPerSeat: maybe(0.7, () => r.pick([0, 12.5, 54])),
      currency: maybe(0.7, () => "EUR"),
    }),
  );
  for (const account of accounts) {
    if (r.chance(0.3)) edge(account, "USES_SEAT", r.pick(seats), { via: maybe(0.5, () => "direct") });
    if (r.chance(0.1)) edge(account, "HAS_ENTITLEMENT", r.pick(policies), { assignment: "eligible" });
  }
  for (const group of groups)
    if (r.chance(0.3)) edge(group, "HAS_ENTITLEMENT", r.pick(policies), { assignment: "eligible" });
  const names = [
    ...many(8, (i) => `google-member/user:u${i}@x.example`),
    "google-member/deleted:user:u1@x.example?uid=1",
    "google-member/principal://pool/subject/s",
    "aws-arn/arn:aws:iam::999999999999:role/vendor",
    "aws-arn/arn:aws:iam::111111111111:user/gone",
    "aws-arn/AIDA1",
    "aws-service/lambda.amazonaws.com",
    "oidc/sts.windows.net/t#s",
    "entra-object/o1",
  ].map((id) => node(`ref/${id}`, ["Unresolved"], { name: maybe(0.9, () => id) }));
  names.push(node("ref/aws-account/999999999999", ["Resource"], { name: "AWS account 999999999999" }));
  for (const name of names) {
    for (let nth = 0; nth < r.between(0, 2); nth++) edge(name, "HAS_ENTITLEMENT", r.pick(policies));
    if (r.chance(0.4)) edge(name, "MEMBER_OF", r.pick(groups));
    if (r.chance(0.4)) edge(name, "CAN_ASSUME", r.pick(software));
    if (r.chance(0.2)) edge(r.pick(accounts), "SAME_AS", name);
    if (r.chance(0.1)) edge(r.pick(names), "SAME_AS", name);
  }
}

function named(r: Random, name: string): Given {
  return {
    name: r.chance(0.95) ? name : undefined,
    effectivePrivilege: r.chance(0.6)
      ? r.pick(["admin", "privileged", "write", "read", "unknown"])
      : undefined,
    managedBy: r.chance(0.5) ? r.pick(["customer", "customer", "provider"]) : undefined,
  };
}

function employment(r: Random, workerId: string): Props {
  const missing = r.chance(0.15);
  return given({
    workerId: r.chance(0.95) ? workerId : undefined,
    status: r.chance(0.9) ? r.pick(["active", "leave", "terminated"]) : undefined,
    statusText: r.chance(0.1) ? r.pick(["", 'On "garden" leave']) : undefined,
    conflict: r.chance(0.1) ? "one row says this, and another that" : undefined,
    conflictAt: r.chance(0.1) ? around(r) : undefined,
    conflictEndsAt: r.chance(0.1) ? around(r) : undefined,
    type: r.chance(0.8) ? r.pick(["employee", "contingent"]) : undefined,
    start: r.chance(0.8) ? "2020-01-01" : undefined,
    end: r.chance(0.5) ? `2026-0${r.between(1, 9)}-15` : undefined,
    roster: r.chance(0.7) ? r.pick(["full", "full", "activeOnly"]) : undefined,
    missing: missing ? true : undefined,
    missingAt: missing && r.chance(0.9) ? RULE_WORLD_NOW - r.between(0, 30) * DAY : undefined,
    missingRead: missing ? "hr-1" : undefined,
  });
}

/** Before, at and after now, so that off-by-one shows. */
function around(r: Random): number {
  return RULE_WORLD_NOW + r.pick([-400, -30, -1, 0, 0, 1, 40]) * DAY;
}

function term(r: Random): Props {
  const contradicts = r.chance(0.15);
  return given({
    since: r.chance(0.8) ? RULE_WORLD_NOW - r.between(-20, 3_000) * DAY : undefined,
    until: r.chance(0.6) ? around(r) : undefined,
    left: r.chance(0.15) ? r.chance(0.8) : undefined,
    contradiction: contradicts ? "the status is active and the last day has passed" : undefined,
    contradictsAt: contradicts && r.chance(0.7) ? around(r) : undefined,
  });
}

/** Properties are there or not there: null is never stored. */
function given(props: Given): Props {
  const kept: Record<string, ParamValue> = {};
  for (const [name, value] of Object.entries(props)) if (value !== undefined) kept[name] = value;
  return kept;
}
