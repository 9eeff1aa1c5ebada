import { allow, awsManaged, customerManaged, trust } from "./aws-model.js";
import { roleIdOf, userIdOf } from "./aws-print.js";
import { mailOf as mail } from "./members.js";
import { HR_STATUSES } from "./people.js";
import { awsId } from "./random.js";
import { CROSSING_TELLERS } from "./stories-crossing.js";
import { OUTSIDE_TELLERS } from "./stories-outside.js";
import { keys } from "./story.js";
import { enabled, groupPolicies, left, residual, type Teller, worker } from "./telling.js";

const leaverWithPassword: Teller = (stage) => ({
  id: "leaver-with-password",
  title: "A leaver who can still sign in",
  tells: "Ada Park left three weeks ago; her console password works, and was used after her last day.",
  workers: [worker(stage, 0, "Ada Park", left(21))],
  prod: {
    users: [
      {
        name: "ada.park",
        createdDaysAgo: 1_000,
        password: { lastUsedDaysAgo: 4 },
        attached: [awsManaged("ReadOnlyAccess")],
        tags: { email: mail("ada.park") },
      },
    ],
  },
  expects: [
    enabled(stage, 0, stage.prod, "ada.park"),
    ...residual(stage, 0, stage.prod, "ada.park", [keys.policy(stage.prod, awsManaged("ReadOnlyAccess"))]),
  ],
});

const leaverWithKey: Teller = (stage) => {
  const id = awsId("AKIA", stage.seed, "bruno.keller");
  const lake = customerManaged(stage.prod, "data-lake-write");
  return {
    id: "leaver-with-key",
    title: "A leaver whose key still runs a pipeline",
    tells:
      "Bruno Keller left six weeks ago and never had a password; his access key uploaded to the data lake yesterday.",
    workers: [worker(stage, 0, "Bruno Keller", left(43))],
    prod: {
      users: [
        {
          name: "bruno.keller",
          createdDaysAgo: 800,
          keys: [{ id, active: true, createdDaysAgo: 400, lastUsedDaysAgo: 1, service: "s3" }],
          attached: [lake],
          tags: { email: mail("bruno.keller") },
        },
      ],
    },
    expects: [
      enabled(stage, 0, stage.prod, "bruno.keller"),
      {
        rule: "LVR-002",
        identity: {
          person: keys.person(stage.id(0)),
          account: keys.user(stage, stage.prod, "bruno.keller"),
          credential: keys.accessKey(id),
        },
      },
      ...residual(stage, 0, stage.prod, "bruno.keller", [keys.policy(stage.prod, lake)]),
    ],
  };
};

const leaverInGroup: Teller = (stage) => ({
  id: "leaver-in-group",
  title: "A leaver who is an administrator through a group",
  tells: "Chiara Rossi left ten days ago; nobody took her out of the administrators.",
  workers: [worker(stage, 0, "Chiara Rossi", left(10))],
  prod: {
    users: [
      {
        name: "chiara.rossi",
        createdDaysAgo: 700,
        password: { lastUsedDaysAgo: 12 },
        groups: ["administrators"],
      },
    ],
  },
  expects: [
    enabled(stage, 0, stage.prod, "chiara.rossi"),
    ...residual(stage, 0, stage.prod, "chiara.rossi", groupPolicies(stage.prod, "administrators")),
  ],
});

/** The chain's second and third role: the third is in the other account. */
const leaverThroughRoles: Teller = (stage) => {
  const { prod, sandbox, seed } = stage;
  const roleArn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
  const owner = { Owner: mail("yuki.sorensen") };
  const assume = (name: string, target: string) => [{ name, statements: [allow("sts:AssumeRole", target)] }];
  return {
    id: "leaver-through-roles",
    title: "A leaver who reaches production through three roles",
    tells:
      "Dmitri Volkov left two weeks ago. His user may assume release-entry, which may assume release-runner, which may assume production-breakout in the other account: an administrator there. Yuki Sorensen, who owns the roles, works here.",
    workers: [worker(stage, 0, "Dmitri Volkov", left(14)), worker(stage, 1, "Yuki Sorensen")],
    sandbox: {
      users: [
        {
          name: "dmitri.volkov",
          createdDaysAgo: 650,
          password: { lastUsedDaysAgo: 16 },
          inline: assume("enter-release", roleArn(sandbox, "release-entry")),
          tags: { email: mail("dmitri.volkov") },
        },
      ],
      roles: [
        {
          name: "release-entry",
          trust: [trust({ AWS: `arn:aws:iam::${sandbox}:user/dmitri.volkov` })],
          inline: assume("run-release", roleArn(sandbox, "release-runner")),
          tags: owner,
          lastUsedDaysAgo: 16,
        },
        {
          name: "release-runner",
          trust: [trust({ AWS: roleArn(sandbox, "release-entry") })],
          inline: assume("reach-production", roleArn(prod, "production-breakout")),
          tags: owner,
          lastUsedDaysAgo: 16,
        },
      ],
    },
    prod: {
      roles: [
        {
          name: "production-breakout",
          trust: [trust({ AWS: roleArn(sandbox, "release-runner") })],
          attached: [awsManaged("AdministratorAccess")],
          tags: owner,
          lastUsedDaysAgo: 30,
        },
      ],
    },
    expects: [
      enabled(stage, 0, sandbox, "dmitri.volkov"),
      ...residual(stage, 0, sandbox, "dmitri.volkov", [
        keys.inline(sandbox, userIdOf(seed, sandbox, "dmitri.volkov"), "enter-release"),
        keys.inline(sandbox, roleIdOf(seed, sandbox, "release-entry"), "run-release"),
        keys.inline(sandbox, roleIdOf(seed, sandbox, "release-runner"), "reach-production"),
        keys.policy(prod, awsManaged("AdministratorAccess")),
      ]),
    ],
  };
};

const disabledInGroup: Teller = (stage) => ({
  id: "disabled-in-group",
  title: "A disabled account that kept its group",
  tells:
    "Emeka Obi left four months ago. His password is gone and his key is inactive, but the user is still a member: whoever gives it a key has all of it back.",
  workers: [worker(stage, 0, "Emeka Obi", { ...left(122), department: "Data & Analytics" })],
  prod: {
    users: [
      {
        name: "emeka.obi",
        createdDaysAgo: 900,
        keys: [
          {
            id: awsId("AKIA", stage.seed, "emeka.obi"),
            active: false,
            createdDaysAgo: 600,
            lastUsedDaysAgo: 130,
          },
        ],
        groups: ["data-engineers"],
        tags: { email: mail("emeka.obi") },
      },
    ],
  },
  expects: residual(stage, 0, stage.prod, "emeka.obi", groupPolicies(stage.prod, "data-engineers")),
});

const nhiOwnerLeft: Teller = (stage) => ({
  id: "nhi-owner-left",
  title: "A role whose owner has left",
  tells:
    "Fatima Haddad left two months ago and her own user was removed; the nightly report role still names her.",
  workers: [worker(stage, 0, "Fatima Haddad", left(61))],
  prod: {
    roles: [
      {
        name: "nightly-report",
        trust: [trust({ Service: "lambda.amazonaws.com" })],
        attached: [awsManaged("AmazonS3ReadOnlyAccess")],
        tags: { Owner: mail("fatima.haddad") },
        lastUsedDaysAgo: 0,
      },
    ],
  },
  expects: [
    {
      rule: "NHI-001",
      identity: {
        identity: keys.role(stage, stage.prod, "nightly-report"),
        owner: keys.person(stage.id(0)),
      },
    },
  ],
});

const nhiWithoutOwner: Teller = (stage) => ({
  id: "nhi-without-owner",
  title: "Software that belongs to nobody",
  tells:
    "A metrics exporter's user with a key that is used every day, and an import role: neither says whose it is.",
  workers: [],
  prod: {
    users: [
      {
        name: "svc-metrics-export",
        createdDaysAgo: 1_100,
        keys: [
          {
            id: awsId("AKIA", stage.seed, "svc-metrics-export"),
            active: true,
            createdDaysAgo: 1_100,
            lastUsedDaysAgo: 0,
            service: "monitoring",
          },
        ],
        attached: [awsManaged("ReadOnlyAccess")],
      },
    ],
    roles: [
      {
        name: "legacy-import",
        trust: [trust({ Service: "ec2.amazonaws.com" })],
        attached: [customerManaged(stage.prod, "data-lake-write")],
        lastUsedDaysAgo: 2,
      },
    ],
  },
  expects: [
    { rule: "NHI-002", identity: { identity: keys.user(stage, stage.prod, "svc-metrics-export") } },
    { rule: "NHI-002", identity: { identity: keys.role(stage, stage.prod, "legacy-import") } },
  ],
});

const rehire: Teller = (stage) => ({
  id: "rehire",
  title: "Someone who left and came back",
  tells: "Greta Lindqvist left two years ago and was hired again last year: her account is rightly hers.",
  workers: [
    worker(stage, 0, "Greta Lindqvist", {
      startsIn: -2_200,
      endsIn: -760,
      status: HR_STATUSES.terminated,
    }),
    worker(stage, 0, "Greta Lindqvist", { startsIn: -400 }),
  ],
  prod: {
    users: [
      {
        name: "greta.lindqvist",
        createdDaysAgo: 399,
        password: { lastUsedDaysAgo: 0 },
        groups: ["engineers"],
        tags: { email: mail("greta.lindqvist") },
      },
    ],
  },
  expects: [],
});

const contractorHired: Teller = (stage) => ({
  id: "contractor-hired",
  title: "A contractor who became an employee",
  tells:
    "Hiro Tanaka's contract ended, and he was an employee the next day, under another worker id: one person.",
  workers: [
    worker(stage, 0, "Hiro Tanaka", {
      workerId: `C${stage.id(0)}`,
      globalId: "",
      type: "Contingent Worker",
      startsIn: -500,
      endsIn: -151,
      status: HR_STATUSES.terminated,
    }),
    worker(stage, 0, "Hiro Tanaka", { globalId: "", startsIn: -150 }),
  ],
  prod: {
    users: [
      {
        name: "hiro.tanaka",
        createdDaysAgo: 499,
        password: { lastUsedDaysAgo: 1 },
        groups: ["engineers"],
        tags: { email: mail("hiro.tanaka") },
      },
    ],
  },
  expects: [],
});

const futureLeaver: Teller = (stage) => ({
  id: "future-leaver",
  title: "Someone who will leave",
  tells: "Ines Duarte's last day is in three weeks: until then she works here.",
  workers: [worker(stage, 0, "Ines Duarte", { endsIn: 21 })],
  sandbox: {
    users: [
      {
        name: "ines.duarte",
        createdDaysAgo: 300,
        password: { lastUsedDaysAgo: 0 },
        groups: ["administrators"],
        tags: { email: mail("ines.duarte") },
      },
    ],
  },
  expects: [],
});

const twoSmiths: Teller = (stage) => ({
  id: "two-smiths",
  title: "An account that could be either of two people's",
  tells:
    "John Smith and Jane Smith both work here, and jsmith says nothing but its name: disputed, never guessed.",
  workers: [
    worker(stage, 0, "John Smith", { department: "Finance", title: "Controller" }),
    worker(stage, 1, "Jane Smith"),
  ],
  sandbox: {
    users: [{ name: "jsmith", createdDaysAgo: 420, password: { lastUsedDaysAgo: 3 }, groups: ["engineers"] }],
  },
  expects: [{ rule: "ORP-002", identity: { account: keys.user(stage, stage.sandbox, "jsmith") } }],
});

const orphan: Teller = (stage) => ({
  id: "orphan",
  title: "An account that nobody in the HR record owns",
  tells: "kjensen signs in now and then; no worker has that name or address.",
  workers: [],
  sandbox: {
    users: [
      { name: "kjensen", createdDaysAgo: 1_000, password: { lastUsedDaysAgo: 33 }, groups: ["auditors"] },
    ],
  },
  expects: [{ rule: "ORP-001", identity: { account: keys.user(stage, stage.sandbox, "kjensen") } }],
});

const contradiction: Teller = (stage) => ({
  id: "contradiction",
  title: "HR rows that contradict themselves",
  tells:
    "Leif Nilsen is an employee, `active`, with a last day nine days ago: he has left, and the row is reported. Mei Chen is a contractor in the same state: her date may be stale, so only the row is reported.",
  workers: [
    worker(stage, 0, "Leif Nilsen", { endsIn: -9 }),
    worker(stage, 1, "Mei Chen", { endsIn: -30, type: "Contingent Worker" }),
  ],
  prod: {
    users: [
      {
        name: "leif.nilsen",
        createdDaysAgo: 500,
        password: { lastUsedDaysAgo: 10 },
        groups: ["finance"],
        tags: { email: mail("leif.nilsen") },
      },
      {
        name: "mei.chen",
        createdDaysAgo: 200,
        password: { lastUsedDaysAgo: 1 },
        groups: ["engineers"],
        tags: { email: mail("mei.chen") },
      },
    ],
  },
  expects: [
    { rule: "DQ-001", identity: { employment: keys.employment(stage.id(0)) } },
    { rule: "DQ-001", identity: { employment: keys.employment(stage.id(1)) } },
    enabled(stage, 0, stage.prod, "leif.nilsen"),
    ...residual(stage, 0, stage.prod, "leif.nilsen", groupPolicies(stage.prod, "finance")),
  ],
});

const onLeave: Teller = (stage) => ({
  id: "on-leave",
  title: "Someone on leave",
  tells: "Nadia Petrova is on parental leave: she has not left.",
  workers: [worker(stage, 0, "Nadia Petrova", { status: HR_STATUSES.leave })],
  prod: {
    users: [
      {
        name: "nadia.petrova",
        createdDaysAgo: 950,
        password: { lastUsedDaysAgo: 70 },
        groups: ["engineers"],
        tags: { email: mail("nadia.petrova") },
      },
    ],
  },
  expects: [],
});

const roots: Teller = (stage) => ({
  id: "root-without-owner",
  title: "A root user that nobody answers for",
  tells:
    "AWS has no tags on root users. The mapping file names Olena Marchuk for production's; the sandbox's belongs to nobody.",
  workers: [worker(stage, 0, "Olena Marchuk", { title: "Head of Platform" })],
  mapping: [{ account: `arn:aws:iam::${stage.prod}:root`, person: stage.id(0) }],
  expects: [{ rule: "ORP-003", identity: { account: keys.root(stage.sandbox) } }],
});

export const TELLERS: readonly Teller[] = [
  leaverWithPassword,
  leaverWithKey,
  leaverInGroup,
  leaverThroughRoles,
  disabledInGroup,
  nhiOwnerLeft,
  nhiWithoutOwner,
  rehire,
  contractorHired,
  futureLeaver,
  twoSmiths,
  orphan,
  contradiction,
  onLeave,
  roots,
  ...CROSSING_TELLERS,
  ...OUTSIDE_TELLERS,
];
