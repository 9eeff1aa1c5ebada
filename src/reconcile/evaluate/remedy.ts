import type { AnyCollector } from "../../collect/index.js";
import {
  DERIVED_SOURCE,
  type NodeView,
  parseKey,
  type Remediation,
  type RemediationRequest,
} from "../../model/index.js";
import type { PlannedSource } from "./partitions.js";

/** Finds the collector of a source, and what it says; a sentence for people where it says nothing. */
export class Remedies {
  private readonly types: ReadonlyMap<string, string>;
  private readonly collectors: ReadonlyMap<string, AnyCollector>;

  constructor(plan: readonly PlannedSource[], collectors: ReadonlyMap<string, AnyCollector>) {
    this.types = new Map(plan.map((planned) => [planned.source, planned.type]));
    this.collectors = collectors;
  }

  /** `source` is who asserts what should end. */
  for(request: RemediationRequest, source: string | undefined): readonly Remediation[] {
    const type = source === undefined ? undefined : this.types.get(source);
    const known = type === undefined ? [] : (this.collectors.get(type)?.remediate(request) ?? []);
    return known.length > 0 ? known : [sentence(request, source)];
  }
}

/** The source that describes a node, or that refers to it. */
export function sourceOf(node: { readonly key: string }, heldBy: readonly string[]): string | undefined {
  const described = parseKey(node.key).source;
  return heldBy[0]?.split("|")[0] ?? (described === "ref" || described === "" ? undefined : described);
}

type Cut = Extract<RemediationRequest, { readonly action: "cut" }>;

/** What the cut of an edge comes to, and what it touches. */
function cutWords({ edge, from, to }: Cut): { readonly what: string; readonly affects: string } {
  switch (edge) {
    case "CONSENTED":
      return {
        what: `Withdraw the consent ${named(to)} that ${named(from)} gave`,
        affects: `what the application does in the name of ${from.name}`,
      };
    case "TO":
      return {
        what: `Withdraw the consent ${named(from)} that the application ${named(to)} has`,
        affects: `everybody in whose name ${to.name} acts by it`,
      };
    case "USES_SEAT":
      return {
        what: `Take the seat of ${named(to)} from ${named(from)}`,
        affects: `what the licence gives to ${from.name}`,
      };
    default:
      return { what: `Take away ${named(to)} from ${named(from)}`, affects: `whoever acts as ${from.name}` };
  }
}

function sentence(request: RemediationRequest, source: string | undefined): Remediation {
  const where = source === undefined || source === DERIVED_SOURCE ? "" : ` in ${source}`;
  switch (request.action) {
    case "cut": {
      const { what, affects } = cutWords(request);
      return source === undefined || source === DERIVED_SOURCE
        ? {
            command: `${named(request.from)} and ${named(request.to)} are tied by what other sources say (${request.edge}): change it there, or in the mapping file.`,
            reversible: true,
            affects: "nothing in the systems themselves",
          }
        : {
            command: `${what} (${request.edge})${where}.`,
            reversible: true,
            affects,
          };
    }
    case "disableAccount":
      return {
        command: `Disable the account ${named(request.account)}${where}.`,
        reversible: true,
        affects: `whoever signs in as ${request.account.name}`,
      };
    case "deactivateCredential":
      return {
        command: `Deactivate the credential ${named(request.credential)} of ${named(request.holder)}${where}.`,
        reversible: true,
        affects: `whatever uses ${request.credential.name}`,
      };
    case "assignOwner":
      return {
        command: `Find out who answers for ${named(request.subject)}${where}, and say so: in the system's own owner field or tag, or in the mapping file.`,
        reversible: true,
        affects: "nothing; it is then known whom to ask",
      };
  }
}

function named(node: NodeView): string {
  return node.name === node.key ? node.key : `${node.name} (${node.key})`;
}
