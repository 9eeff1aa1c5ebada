import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { parseMember } from "./members.js";
import { arnRef, entraRef, lastPart, memberRef, oidcRef, poolKey, resourceKey } from "./names.js";
import type { Context } from "./page.js";
import { edge, node } from "./records.js";
import { each, type Provider, poolShape, providerShape } from "./shapes.js";

const page = z.object({
  pool: poolShape.optional(),
  /** A pool of another project, whose principals this partition's policies name. */
  elsewhere: poolShape.optional(),
  providers: z.array(z.unknown()).default([]),
});

/** Pools with their providers, and which identities outside Google their principals are. */
export function* convertPools(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { pool, elsewhere, providers: items } = page.parse(raw);
  const meant = pool ?? elsewhere;
  if (meant === undefined) return;
  const { source, memo, partition } = context;
  const providers = each(providerShape, items, context.reject, "provider");
  const status = meant.state === "DELETED" ? "deleted" : meant.disabled === true ? "disabled" : "enabled";
  const name = pool === undefined ? meant.name : numbered(meant.name, partition);
  if (pool !== undefined) {
    const key = poolKey(source, name);
    yield node(
      "Resource",
      "GoogleWorkloadPool",
      key,
      {
        name: pool.displayName ?? lastPart(pool.name),
        resource: name,
        status,
        providers: [...new Set(providers.map(describe))].sort(),
      },
      [name],
    );
    yield edge("CONTAINS", resourceKey(source, partition), key);
  }
  // Nobody gets in through a pool that is switched off, whatever policies name.
  if (status !== "enabled") return;
  for (const member of memo.federated.get(name) ?? []) {
    for (const provider of providers) yield* sameAs(member, provider, name);
  }
}

/** Names in policies hold the project's number; an export may hold its id. */
function numbered(name: string, partition: string): string {
  const [, project = "", ...rest] = name.split("/");
  return /^\d+$/.test(project) || !partition.startsWith("projects/") ? name : [partition, ...rest].join("/");
}

function describe(provider: Provider): string {
  const off = isOff(provider) ? " (off)" : "";
  const id = lastPart(provider.name);
  if (provider.oidc?.issuerUri !== undefined) return `${id}: OIDC ${provider.oidc.issuerUri}${off}`;
  if (provider.aws?.accountId !== undefined) return `${id}: AWS account ${provider.aws.accountId}${off}`;
  return `${id}: ${provider.saml == null ? "another kind" : "SAML"}${off}`;
}

const isOff = ({ disabled, state }: Provider) => disabled === true || state === "DELETED";

/** Without a mapping of its own an AWS provider has this one. https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds */
const AWS_SUBJECT = "assertion.arn";
const AWS_ROLE =
  "assertion.arn.contains('assumed-role')?assertion.arn.extract('{account_arn}assumed-role/')+'assumed-role/'+assertion.arn.extract('assumed-role/{role_name}/'):assertion.arn";

function* sameAs(text: string, provider: Provider, pool: string): Iterable<GraphRecord> {
  const member = parseMember(text);
  if (member.kind !== "federated" || isOff(provider)) return;
  const from = identityOf(member, provider);
  if (from === undefined) return;
  const values = {
    evidence: `provider ${lastPart(provider.name)} of ${pool}`,
    // Not everybody whom the provider knows is let in.
    condition: provider.attributeCondition,
    providerName: provider.name,
  };
  yield edge("SAME_AS", from, memberRef(member.form), values, lastPart(provider.name));
}

/** The identity that a provider's tokens give to a principal; undefined where its mapping is not one we can turn round. */
function identityOf(
  member: Extract<ReturnType<typeof parseMember>, { kind: "federated" }>,
  provider: Provider,
): string | undefined {
  const mapping = provider.attributeMapping;
  const isEmpty = mapping === undefined || Object.keys(mapping).length === 0;
  const mapped = (name: string) => mapping?.[name]?.replaceAll('"', "'").replace(/\s+/g, "");
  const subject =
    member.one && member.rest.startsWith("subject/") ? member.rest.slice("subject/".length) : undefined;
  const issuer = provider.oidc?.issuerUri;
  if (issuer !== undefined && subject !== undefined)
    return mapped("google.subject") === "assertion.sub" ? oidcRef(issuer, subject) : undefined;
  const group = member.one ? undefined : /^group\/(.+)$/.exec(member.rest)?.[1];
  // Entra's tokens name groups by object id; those of other issuers are names that mean something there only.
  if (issuer !== undefined && group !== undefined)
    return mapped("google.groups") === "assertion.groups" ? entraRef(issuer, group) : undefined;
  const account = provider.aws?.accountId;
  if (account === undefined) return undefined;
  const role = member.one ? undefined : /^attribute\.aws_role\/(.+)$/.exec(member.rest)?.[1];
  const arn = role ?? subject;
  if (arn === undefined || arn.split(":")[4] !== account) return undefined;
  if (role !== undefined) {
    const isAsDefault = isEmpty || mapped("attribute.aws_role") === AWS_ROLE;
    return isAsDefault ? arnRef(arn) : undefined;
  }
  // A session's name is chosen by whoever assumes the role, so only a user is one identity.
  const isUser = /^arn:[a-z-]+:iam::\d+:user\//.test(arn);
  return isUser && (isEmpty || mapped("google.subject") === AWS_SUBJECT) ? arnRef(arn) : undefined;
}
