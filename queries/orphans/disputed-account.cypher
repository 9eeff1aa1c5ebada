/*---
id: ORP-002
title: Disputed account
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical, privileged: high }
  otherwise: medium
subject: account
identity: [account]
columns:
  account: { type: key, means: The account that could be any of several people's. }
  accountName: { type: text, means: Its name. }
  status: { type: text, means: Its status as last read; a disabled account is disputed all the same. }
  accountType: { type: text, means: "What it is used by: human, shared or another, or unknown." }
  candidates: { type: keys, means: The people who fit equally well. }
  candidateNames: { type: texts, means: Their names. }
  leavers: { type: texts, means: Those of the names whose people have left. }
  by: { type: text, optional: true, means: "What they have in common: the rule of correlation that fits them all." }
  privilege: { type: text, means: The most that its own and its groups' policies allow. }
  lastLoginAt: { type: instant, optional: true, means: The last time it was used. }
reason: "The account {accountName} (status {status}) could be any of several people's by {by|a rule that is not known}: {candidateNames}. Of these have left: {leavers|none}."
population:
  means: accounts that are not deleted
  query: |
    MATCH (a:Account)
    WHERE coalesce(a.status, 'unknown') <> 'deleted'
      AND coalesce(a.managedBy, 'customer') <> 'provider'
    RETURN count(a) AS population
needs:
  see: [Employment, EMPLOYED_AS, Account.status, Account.disputed]
evidence:
  - { column: account, role: access, requires: { status: enabled } }
remediation:
  - { say: "Find out whose account {accountName} is ({candidateNames}), and say so in the mapping file, or put the employee id or mail address on the account." }
controls:
  nist80053r5: ["AC-2(3)b", IA-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["5.1"]
  pci401: ["8.2.4"]
falsePositives:
  - An account that several people rightly use together. Set its type to shared in its system, and name its owner in the mapping.
blindSpots:
  - While nobody is chosen, LVR-001, LVR-002 and RES-001 say nothing of the account, even if it is a leaver's.
  - A rule that names only one person ties the account to them, and nobody doubts it here. The link says which rule it was.
---*/
MATCH (a:Account)
WHERE size(coalesce(a.disputed, [])) > 0
  AND coalesce(a.status, 'unknown') <> 'deleted'
  AND coalesce(a.managedBy, 'customer') <> 'provider'
UNWIND a.disputed AS candidate
OPTIONAL MATCH (p:Person {key: candidate})-[e:EMPLOYED_AS]->(w:Employment)
WITH a, candidate, coalesce(max(p.name), candidate) AS name,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN w.key IS NOT NULL AND coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live
WITH a, collect(candidate) AS candidates, collect(name) AS candidateNames,
  collect(CASE WHEN over = 1 AND live = 0 THEN name END) AS leavers
RETURN a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS status,
  coalesce(a.accountType, 'unknown') AS accountType,
  candidates, candidateNames, leavers,
  a.disputedRule AS by,
  coalesce(a.effectivePrivilege, 'unknown') AS privilege,
  a.lastLoginAt AS lastLoginAt
