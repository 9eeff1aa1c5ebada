/*---
id: ORP-001
title: Account without a person
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical, privileged: high }
  otherwise: medium
subject: account
identity: [account]
columns:
  account: { type: key, means: The account that belongs to nobody. }
  accountName: { type: text, means: Its name. }
  status: { type: text, means: Its status as last read; unknown counts as usable. }
  accountType: { type: text, means: "What it is used by: human, or unknown." }
  email: { type: text, optional: true, means: The mail address it carries. }
  privilege: { type: text, means: The most that its own and its groups' policies allow. }
  lastLoginAt: { type: instant, optional: true, means: The last time it was used. }
reason: "No person in the HR record owns the account {accountName} (status {status}); no mail address, employee id, user name or mapping ties it to one."
population:
  means: accounts of people, or of nobody knows whom, that are not disabled
  query: |
    MATCH (a:Account)
    WHERE coalesce(a.accountType, 'unknown') IN ['human', 'unknown']
      AND NOT a:NonHumanIdentity
      AND NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']
      AND coalesce(a.managedBy, 'customer') <> 'provider'
    RETURN count(a) AS population
needs:
  see: [Account.status]
  absenceOf:
    - { type: Employment, scope: all }
    - { type: HAS_ACCOUNT, scope: all }
evidence:
  - { column: account, role: access, requires: { status: enabled } }
remediation:
  - { action: assignOwner, subject: account }
  - { action: disableAccount, account: account }
controls:
  nist80053r5: ["AC-2(3)b", IA-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["5.1"]
  pci401: ["8.2.4"]
falsePositives:
  - A person whom the HR sources leave out (a board member, a contractor's staff) has no employment to be tied to.
  - An account used by software that nothing marks as such; set its type in the mapping.
blindSpots:
  - An account that is tied to the wrong person looks owned. The link says which rule made it.
---*/
MATCH (a:Account)
WHERE coalesce(a.accountType, 'unknown') IN ['human', 'unknown']
  AND NOT a:NonHumanIdentity
  AND NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']
  AND coalesce(a.managedBy, 'customer') <> 'provider'
  AND size(coalesce(a.disputed, [])) = 0
  AND NOT EXISTS { MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account) }
  AND NOT EXISTS { MATCH (p:Person)-[:HAS_ACCOUNT]->(o:Account)-[:SIGNS_IN_AS]->(a:Account) }
RETURN a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS status,
  coalesce(a.accountType, 'unknown') AS accountType,
  a.email AS email,
  coalesce(a.effectivePrivilege, 'unknown') AS privilege,
  a.lastLoginAt AS lastLoginAt
