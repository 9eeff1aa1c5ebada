import {
  ACCOUNT_POLICIES,
  ACCOUNTS,
  KEYS,
  type Memo,
  POLICIES,
  POOLS,
  ROLES,
  type StreamName,
} from "./memo.js";

export const WITHOUT_ACCOUNTS =
  "the project's service accounts were not all read, so nothing proves that what is not listed of them is gone";
export const WITHOUT_POLICIES_ROLES =
  "not every policy was read, so where custom roles are held is not known";
export const WITHOUT_POLICIES_POOLS =
  "not every policy was read, so whom they let in through pools is not known";
const WITHOUT_PROJECT = "the project itself was not read, so whose it is and what it is called is not known";

/** Why a stream cannot be whole, by what it rests on; undefined where that was read completely. */
export function shortOf(stream: StreamName, partition: string, memo: Memo): string | undefined {
  const isProject = partition.startsWith("projects/");
  const isNameless = isProject && memo.project?.id === undefined;
  switch (stream) {
    // Owners come from the project's labels, and its basic roles go by its id.
    case ACCOUNTS:
    case POLICIES:
      return isNameless ? WITHOUT_PROJECT : undefined;
    case ACCOUNT_POLICIES:
    case KEYS:
      if (isProject && !memo.accountsWhole) return WITHOUT_ACCOUNTS;
      return isNameless ? WITHOUT_PROJECT : undefined;
    case ROLES:
      return arePoliciesWhole(memo) ? undefined : WITHOUT_POLICIES_ROLES;
    case POOLS:
      return arePoliciesWhole(memo) && (!isProject || areAccountPoliciesWhole(memo))
        ? undefined
        : WITHOUT_POLICIES_POOLS;
    default:
      return undefined;
  }
}

/** Every policy that was read was understood. What was not even answered only the read itself knows. */
export const arePoliciesWhole = ({ seen, short }: Memo): boolean =>
  seen.has(POLICIES) && !short.has(POLICIES);

/** Where there are no accounts no page of their policies is expected. */
export const areAccountPoliciesWhole = ({ seen, short, accounts, accountsWhole }: Memo): boolean =>
  accountsWhole && !short.has(ACCOUNT_POLICIES) && (seen.has(ACCOUNT_POLICIES) || accounts.size === 0);
