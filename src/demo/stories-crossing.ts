import { awsManaged, trust } from "./aws-model.js";
import { GLOBAL_ADMINISTRATOR, GOOGLE_APP, USER_ROLE } from "./entra-model.js";
import { accountEmail, googleIds, groupMember } from "./google-model.js";
import { type EntraUser, type Member, mailOf } from "./members.js";
import { workerIdOf } from "./people.js";
import { keys, type Stage } from "./story.js";
import { left, type Teller, worker } from "./telling.js";

/** Stories of the directories and of Google Cloud, and of what lies between the systems. */

/** Who answers for the tenant's applications: a manager, who never leaves. */
const HEAD = workerIdOf(8);

/** Somebody's disabled account, with what was forgotten on it. */
const forgotten =
  (name: string, more: Partial<EntraUser>) =>
  (usual: Member): Member =>
    usual.name === name && usual.entra !== undefined
      ? { ...usual, entra: { ...usual.entra, ...more } }
      : usual;

const crossing: Teller = (stage) => {
  const project = "larkfield-billing";
  const account = "billing-sync";
  const role = "roles/iam.serviceAccountTokenCreator";
  const reached = [
    keys.google.role(stage, project, role),
    keys.policy(stage.prod, awsManaged("AdministratorAccess")),
  ];
  const person = keys.person(stage.id(0));
  const residual = (key: string, entitlements: readonly string[]) =>
    entitlements.map((entitlement) => ({ rule: "RES-001", identity: { person, account: key, entitlement } }));
  return {
    id: "disabled-and-still-administrator",
    title: "Disabled in the directory, and still an administrator of AWS",
    tells:
      "Sanne Achterberg left five weeks ago, and her Entra account is disabled. Her assignment to Google's sign-in was her own and was forgotten, so her Workspace account lives on, in a group inside a group that Entra ID knows nothing of. That group may act as a service account of Google Cloud, and AWS lets the service account be an administrator. Ingrid Solheim, who owns both, works here.",
    workers: [
      worker(stage, 0, "Sanne Achterberg", { ...left(35), department: "Finance", title: "Controller" }),
      worker(stage, 1, "Ingrid Solheim", { title: "Staff Engineer" }),
    ],
    member: (usual) => {
      if (usual.name === "Ingrid Solheim")
        return {
          ...usual,
          workspace: {
            state: "active",
            lastSignInDaysAgo: 1,
            seat: true,
            groups: ["platform-engineering", "finops"],
          },
        };
      return {
        ...forgotten("Sanne Achterberg", { assigned: [GOOGLE_APP] })(usual),
        workspace: { state: "active", lastSignInDaysAgo: 6, groups: ["billing-exports"] },
      };
    },
    workspace: {
      groups: [
        { name: "billing-exports", title: "Billing exports" },
        { name: "finops", title: "FinOps", nested: ["billing-exports"] },
      ],
    },
    google: {
      projects: [
        {
          id: project,
          title: "Billing",
          owner: stage.id(1),
          createdDaysAgo: 800,
          accounts: [{ name: account, title: "Copies bills to AWS" }],
          bindings: [{ role, members: [groupMember("finops")] }],
        },
      ],
    },
    prod: {
      roles: [
        {
          name: "gcp-billing-sync",
          trust: [
            trust(
              { Federated: "accounts.google.com" },
              {
                StringEquals: {
                  "accounts.google.com:sub": googleIds.account(stage.seed, accountEmail(project, account)),
                },
              },
            ),
          ],
          attached: [awsManaged("AdministratorAccess")],
          tags: { Owner: mailOf("ingrid.solheim") },
          lastUsedDaysAgo: 1,
        },
      ],
    },
    expects: [
      { rule: "LVR-001", identity: { person, account: keys.workspace.user(stage, 0) } },
      ...residual(keys.entra.user(stage, 0), [
        keys.entra.appRole(stage, GOOGLE_APP, USER_ROLE.id),
        ...reached,
      ]),
      ...residual(keys.workspace.user(stage, 0), reached),
    ],
  };
};

const consent: Teller = (stage) => ({
  id: "consent-survived",
  title: "A consent that outlived the password",
  tells:
    "Miles Vance left eleven weeks ago and his account is disabled; the note-taking service that he let read his mail has its consent still.",
  workers: [
    worker(stage, 0, "Miles Vance", { ...left(75), department: "Sales, EMEA", title: "Account Executive" }),
  ],
  member: forgotten("Miles Vance", {
    consents: [{ app: "Notewise", scopes: ["Mail.Read", "offline_access", "User.Read"] }],
  }),
  entra: {
    applications: [{ name: "Notewise", kind: "thirdParty", publisher: "Notewise GmbH", owners: [HEAD] }],
  },
  expects: [
    {
      rule: "LVR-003",
      identity: {
        person: keys.person(stage.id(0)),
        account: keys.entra.user(stage, 0),
        consent: keys.entra.grant(stage, "Notewise", 0),
      },
    },
  ],
});

const eligible: Teller = (stage) => ({
  id: "eligible-administrator",
  title: "A leaver who may still become Global Administrator",
  tells:
    "Rosalind Okonkwo left nineteen days ago and her account is disabled; whoever enables it again can activate the role of Global Administrator.",
  workers: [worker(stage, 0, "Rosalind Okonkwo", { ...left(19), title: "Head of IT" })],
  member: forgotten("Rosalind Okonkwo", { roles: [{ role: GLOBAL_ADMINISTRATOR, eligible: true }] }),
  expects: [
    {
      rule: "LVR-004",
      identity: {
        person: keys.person(stage.id(0)),
        account: keys.entra.user(stage, 0),
        entitlement: keys.entra.role(GLOBAL_ADMINISTRATOR),
      },
    },
  ],
});

/** A key that the story's first person could have kept. */
const keyOfOwner = (stage: Stage, credential: string) => ({
  rule: "NHI-004",
  identity: { credential, owner: keys.person(stage.id(0)) },
});

const applicationOfLeaver: Teller = (stage) => ({
  id: "application-owner-left",
  title: "An application with a secret, whose only owner left",
  tells:
    "Piotr Zielinski left seven weeks ago. The payroll export that he registered reads the directory with a secret that works for another year, and nobody else owns it.",
  workers: [worker(stage, 0, "Piotr Zielinski", { ...left(48), department: "People & Culture" })],
  entra: {
    applications: [
      {
        name: "Payroll export",
        kind: "own",
        owners: [stage.id(0)],
        secrets: [{ name: "payroll", createdDaysAgo: 300, endsInDays: 400 }],
        permissions: ["User.Read.All"],
      },
    ],
  },
  expects: [
    {
      rule: "NHI-003",
      identity: { identity: keys.entra.app(stage, "Payroll export"), owner: keys.person(stage.id(0)) },
    },
    keyOfOwner(stage, keys.entra.secret(stage, "Payroll export", "payroll")),
  ],
});

const keyOfLeaver: Teller = (stage) => ({
  id: "key-of-owner-left",
  title: "A key that only a leaver had",
  tells:
    "Ewa Marlow left eight weeks ago. The forecast project in Google Cloud is hers by its label, and the key of its service account, which she made for her laptop, never expires.",
  workers: [worker(stage, 0, "Ewa Marlow", { ...left(57), department: "Data & Analytics" })],
  google: {
    projects: [
      {
        id: "larkfield-forecast",
        title: "Forecast",
        owner: stage.id(0),
        createdDaysAgo: 400,
        accounts: [
          {
            name: "forecast-runner",
            title: "Runs forecasts",
            keys: [{ name: "laptop", createdDaysAgo: 390 }],
          },
        ],
        bindings: [
          {
            role: "roles/bigquery.dataViewer",
            members: [`serviceAccount:${accountEmail("larkfield-forecast", "forecast-runner")}`],
          },
        ],
      },
    ],
  },
  expects: [
    {
      rule: "NHI-001",
      identity: {
        identity: keys.google.account(stage, "larkfield-forecast", "forecast-runner"),
        owner: keys.person(stage.id(0)),
      },
    },
    keyOfOwner(stage, keys.google.key(stage, "larkfield-forecast", "forecast-runner", "laptop")),
  ],
});

const adminConsent: Teller = (stage) => ({
  id: "admin-consent",
  title: "A stranger's application that an administrator let in for everybody",
  tells:
    "Mailpilot, made by somebody else, may read and send the mail of all: an administrator agreed to it once.",
  workers: [],
  entra: {
    applications: [
      {
        name: "Mailpilot",
        kind: "thirdParty",
        publisher: "Mailpilot Inc",
        owners: [HEAD],
        adminConsent: ["Mail.ReadWrite", "Mail.Send", "offline_access"],
      },
    ],
  },
  expects: [{ rule: "OAU-001", identity: { application: keys.entra.app(stage, "Mailpilot") } }],
});

const seat: Teller = (stage) => ({
  id: "seat-of-leaver",
  title: "A seat that is paid for a leaver",
  tells:
    "Jonah Whitlock left fifteen weeks ago; his disabled account has an E5 licence, at 54.75 EUR a month.",
  workers: [worker(stage, 0, "Jonah Whitlock", { ...left(102), department: "Customer Support" })],
  member: forgotten("Jonah Whitlock", { seats: ["SPE_E5"] }),
  expects: [
    {
      rule: "LIC-001",
      identity: {
        person: keys.person(stage.id(0)),
        account: keys.entra.user(stage, 0),
        license: keys.entra.license("SPE_E5"),
      },
    },
  ],
});

const guest: Teller = (stage) => ({
  id: "guest-without-sponsor",
  title: "A guest whom nobody invited",
  tells: "Lotte Brandis of a partner has been a guest for three years, and no sponsor is named.",
  workers: [],
  entra: {
    guests: [
      {
        name: "Lotte Brandis",
        email: "lotte.brandis@fjordline.example",
        sponsors: [],
        createdDaysAgo: 1_100,
        lastSignInDaysAgo: 12,
      },
    ],
  },
  expects: [
    { rule: "ORP-003", identity: { account: keys.entra.guest(stage, "lotte.brandis@fjordline.example") } },
  ],
});

export const CROSSING_TELLERS: readonly Teller[] = [
  crossing,
  consent,
  eligible,
  applicationOfLeaver,
  keyOfLeaver,
  adminConsent,
  seat,
  guest,
];
