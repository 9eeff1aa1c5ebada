/*---
id: EXA-001
title: Enabled account that was not used for a long time
status: experimental
revision: 1
severity: low
subject: account
identity: [account]
columns:
  account: { type: key, means: The account. }
  accountName: { type: text, means: Its name. }
  lastLoginAt: { type: instant, optional: true, means: The last time it was used. }
params:
  days: { type: number, default: 180, means: Days without a use after which it is reported. }
reason: "The account {accountName} is enabled and was last used on {lastLoginAt}."
unknown: "Whether the enabled account {accountName} was used is not known."
population:
  means: enabled accounts
  query: |
    MATCH (a:Account) WHERE a.status = 'enabled' RETURN count(a) AS population
needs:
  see: [Account.status, Account.lastLoginAt]
evidence:
  - { column: account, role: access, requires: { status: enabled } }
remediation:
  - { action: disableAccount, account: account }
controls:
  nist80053r5: ["AC-2(3)"]
falsePositives:
  - An account that is kept for emergencies.
blindSpots:
  - Uses that the system does not count as a login.
---*/
MATCH (a:Account)
WHERE a.status = 'enabled' AND (a.lastLoginAt IS NULL OR a.lastLoginAt < $now - $days * 86400000)
RETURN a.key AS account, coalesce(a.name, a.key) AS accountName, a.lastLoginAt AS lastLoginAt,
  CASE WHEN a.lastLoginAt IS NULL THEN 'unknown' ELSE 'finding' END AS outcome
