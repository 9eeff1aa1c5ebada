import { awsManaged, customerManaged, MANAGEMENT, trust } from "./aws-model.js";
import { ENTRA_AWS_PROVIDER, ENTRA_AWS_ROLE } from "./entra-model.js";
import { SHOP } from "./google-model.js";
import { mailOf } from "./members.js";
import { addressOf } from "./people.js";
import { keys } from "./story.js";
import { left, type Teller, worker } from "./telling.js";
import { workspaceIds } from "./workspace-model.js";

/** Stories of names: those that lead to somebody in another system, and those that lead to nobody. */

const provider = (account: string, name: string) => `arn:aws:iam::${account}:${name}`;
const SAML = { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } };
/** An owner who never leaves. */
const OWNER = { Owner: addressOf(8).email };

const signInToAws: Teller = ({ prod }) => ({
  id: "sign-in-to-aws",
  title: "A role in AWS that people take on by signing in with Entra ID",
  tells:
    "The platform engineers of the first site are assigned the role in Entra ID, and AWS trusts it: nothing to find, as long as they are here.",
  workers: [],
  prod: {
    roles: [
      {
        name: ENTRA_AWS_ROLE,
        trust: [
          {
            ...trust({ Federated: provider(prod, `saml-provider/${ENTRA_AWS_PROVIDER}`) }, SAML),
            Action: "sts:AssumeRoleWithSAML",
          },
        ],
        attached: [awsManaged("ReadOnlyAccess")],
        tags: OWNER,
        lastUsedDaysAgo: 1,
      },
    ],
  },
  expects: [],
});

const outside: Teller = ({ prod }) => {
  const github = "token.actions.githubusercontent.com";
  const identityCenter = provider(prod, "saml-provider/AWSSSO_DO_NOT_DELETE");
  const workflows = provider(prod, `oidc-provider/${github}`);
  return {
    id: "names-outside",
    title: "Names that nobody who is read answers for",
    tells:
      "GitHub's workflows deploy to production, AWS's own sign-in opens a role there, and the account that manages all others may administer every one. None of the three is read here, so who is behind them is not known.",
    workers: [],
    prod: {
      roles: [
        {
          name: "github-deploy",
          trust: [
            trust(
              { Federated: workflows },
              {
                StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" },
                StringLike: { [`${github}:sub`]: "repo:larkfield/shop:*" },
              },
            ),
          ],
          attached: [customerManaged(prod, "deploy-pipeline")],
          tags: OWNER,
          lastUsedDaysAgo: 0,
        },
        {
          name: "AWSReservedSSO_PlatformReadOnly_3f2a9c1d5e7b8a60",
          path: "/aws-reserved/sso.amazonaws.com/eu-central-1/",
          trust: [
            {
              ...trust({ Federated: identityCenter }, SAML),
              Action: ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            },
          ],
          attached: [awsManaged("ReadOnlyAccess")],
          lastUsedDaysAgo: 1,
        },
      ],
    },
    expects: [
      { rule: "DQ-003", identity: { principal: keys.awsAccount(MANAGEMENT) } },
      { rule: "DQ-003", identity: { principal: keys.awsProvider(workflows) } },
      { rule: "DQ-003", identity: { principal: keys.awsProvider(identityCenter) } },
    ],
  };
};

const deletedName: Teller = (stage) => {
  const uid = workspaceIds.user(stage.seed, stage.id(0));
  const member = `deleted:user:${mailOf("kwame.mensah")}?uid=${uid}`;
  return {
    id: "deleted-name",
    title: "The name of somebody deleted in a policy",
    tells:
      "Kwame Mensah left nine months ago and his Workspace account was deleted long since; the policy of the shop's project names him still.",
    workers: [worker(stage, 0, "Kwame Mensah", left(270))],
    member: ({ workspace: _gone, ...usual }) => usual,
    google: { bindings: { [SHOP]: [{ role: "roles/editor", members: [member] }] } },
    expects: [{ rule: "DQ-003", identity: { principal: keys.google.member(member) } }],
  };
};

export const OUTSIDE_TELLERS: readonly Teller[] = [signInToAws, outside, deletedName];
