import type { StreamInfo } from "../../collect/index.js";

/**
 * A record type that a rule needs (`Account`, `AwsUser`, `MEMBER_OF`), one property of it (`Account.status`), or edges
 * of a type that go out from some labels (`OWNED_BY(Application|NonHumanIdentity)`).
 */
export const NEED = /^[A-Z][A-Za-z0-9_]*(?:\.[a-z][A-Za-z0-9]*|\([A-Z][A-Za-z]*(?:\|[A-Z][A-Za-z]*)*\))?$/;

interface Need {
  readonly type: string;
  readonly property?: string;
  readonly from?: readonly string[];
}

export function needOf(text: string): Need {
  const [type = text, property] = text.split(/[.(]/);
  if (text.includes(".")) return { type, ...(property === undefined ? {} : { property }) };
  const from = /\((.*)\)$/.exec(text)?.[1];
  return { type, ...(from === undefined ? {} : { from: from.split("|") }) };
}

/** Whether a stream may emit it. */
export function mayEmit({ produces }: Pick<StreamInfo, "produces">, need: Need): boolean {
  const { type, property, from } = need;
  const node = produces.nodes.some(
    ({ label, provider, properties, refines = [] }) =>
      (label === type || provider === type) &&
      (property === undefined || properties.includes(property) || refines.includes(property)),
  );
  const edge = produces.edges.some(
    (one) =>
      one.type === type &&
      (property === undefined || one.properties.includes(property)) &&
      (from === undefined || one.from === undefined || one.from.some((label) => from.includes(label))),
  );
  return node || edge;
}
