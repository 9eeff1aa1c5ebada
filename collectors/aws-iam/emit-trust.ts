import { digest, type GraphRecord } from "../../src/model/index.js";
import type { Finish } from "./emit-authorization.js";
import {
  ANYONE_REF,
  accountKey,
  accountRef,
  arnRef,
  federatedRef,
  oidcRef,
  parseArn,
  roleKey,
  serviceRef,
  userKey,
} from "./names.js";
import { edge, node } from "./records.js";
import { type Trustee, trusteesOf } from "./trust.js";
import { type PinnedSubjects, pinnedSubjects } from "./web-identity.js";

/**
 * CAN_ASSUME edges from every trust policy, and the accounts outside that they name. Whom of a trusted account its own
 * policies let assume the role is for correlation to say: that account may be another.
 */
export function* trustRecords(context: Finish): Iterable<GraphRecord> {
  const { memo, source } = context;
  const names = new Names(context);
  const outside = new Set<string>();
  for (const role of memo.roles.values()) {
    const to = roleKey(source, role.id);
    for (const trustee of role.trust === undefined ? [] : trusteesOf(role.trust)) {
      const key = names.keyOf(trustee);
      if (key.startsWith("ref/aws-account/")) outside.add(key);
      const pinned = pinnedOf(trustee);
      if (pinned !== undefined) yield* subjectEdges(trustee, pinned, to);
      if (pinned?.isExhaustive === true) continue;
      const needs = needsCallerPolicy(trustee, context.partition) ? "callerPolicy" : undefined;
      yield edge(
        "CAN_ASSUME",
        key,
        to,
        { condition: trustee.condition, trust: trustee.kind, needs },
        hashOf(trustee.condition),
      );
    }
  }
  for (const key of [...outside].sort()) {
    const id = key.slice("ref/aws-account/".length);
    yield node("Resource", "AwsAccount", key, { name: `AWS account ${id}`, accountId: id });
  }
}

const pinnedOf = ({ kind, principal, condition }: Trustee): PinnedSubjects | undefined =>
  kind === "Federated" ? pinnedSubjects(principal, condition) : undefined;

/** From the workloads that a trust in a provider names by the subject of their tokens. */
function* subjectEdges(trustee: Trustee, pinned: PinnedSubjects, to: string): Iterable<GraphRecord> {
  for (const subject of pinned.subjects)
    yield edge(
      "CAN_ASSUME",
      oidcRef(pinned.issuer, subject),
      to,
      { condition: pinned.condition, trust: trustee.kind, evidence: trustee.condition },
      hashOf(pinned.condition),
    );
}

/** A user or role of another account, named in the trust policy, needs leave of its own policies as well. */
function needsCallerPolicy({ kind, principal }: Trustee, partition: string): boolean {
  const arn = kind === "AWS" ? parseArn(principal) : undefined;
  return arn !== undefined && arn.account !== partition && arn.resource !== "root";
}

/** Principals of trust policies, as keys. */
class Names {
  readonly #context: Finish;
  readonly #byArn = new Map<string, string>();
  readonly #byId = new Map<string, string>();
  readonly #roleByName = new Map<string, string>();

  constructor(context: Finish) {
    this.#context = context;
    const { memo, source } = context;
    for (const user of memo.users.values()) {
      this.#byArn.set(user.arn, userKey(source, user.id));
      this.#byId.set(user.id, userKey(source, user.id));
    }
    for (const role of memo.roles.values()) {
      this.#byArn.set(role.arn, roleKey(source, role.id));
      this.#byId.set(role.id, roleKey(source, role.id));
      this.#roleByName.set(role.name, roleKey(source, role.id));
    }
  }

  /** The key of a principal. */
  keyOf({ kind, principal }: Trustee): string {
    if (kind === "Service") return serviceRef(principal);
    if (kind === "Federated") return federatedRef(principal);
    if (kind !== "AWS") return arnRef(`${kind}:${principal}`);
    if (principal === "*") return ANYONE_REF;
    const arn = parseArn(principal);
    if (/^\d{12}$/.test(principal)) return this.#account(principal);
    // A principal that was deleted since leaves its unique id behind.
    if (arn === undefined) return this.#byId.get(principal) ?? arnRef(principal);
    if (arn.service === "iam" && arn.resource === "root") return this.#account(arn.account);
    const direct = this.#byArn.get(principal);
    if (direct !== undefined) return direct;
    const { partition } = this.#context;
    if (arn.service === "sts" && arn.account === partition && arn.resource.startsWith("assumed-role/")) {
      // assumed-role/<role name>/<session>: whoever holds a session of that name came through the role.
      const [, roleName = ""] = arn.resource.split("/");
      const role = this.#roleByName.get(roleName);
      if (role !== undefined) return role;
    }
    return arnRef(principal);
  }

  #account(id: string): string {
    const { config, partition, source } = this.#context;
    const own = id === partition || (config.accounts ?? []).some((account) => account.id === id);
    return own ? accountKey(source, id) : accountRef(id);
  }
}

const hashOf = (condition: string | undefined) =>
  condition === undefined ? "" : digest(condition).slice(0, 16);
