/*---
id: ORP-003
title: Shared, guest or break-glass account without an owner
status: stable
revision: 2
severity:
  column: weight
  values: { admin: critical, privileged: high }
  otherwise: medium
subject: account
identity: [account]
columns:
  account: { type: key, means: The account that nobody answers for. }
  accountName: { type: text, means: Its name. }
  accountType: { type: text, means: "What it is: shared, guest or breakGlass." }
  status: { type: text, means: Its status as last read; unknown counts as usable. }
  named: { type: texts, means: "What is named as its owner and leads to nobody who is here: a tag, an account of nobody, a person who has left, a group of such." }
  privilege: { type: text, means: The most that its own and its groups' policies allow. }
  weight: { type: text, means: "What the severity follows: the privilege, and at least privileged for a break-glass account." }
  lastLoginAt: { type: instant, optional: true, means: The last time it was used. }
reason: "Nobody who is here answers for the {accountType} account {accountName} (status {status}). Named as its owner: {named|nobody}."
population:
  means: shared, guest and break-glass accounts that are not disabled
  query: |
    MATCH (a:Account)
    WHERE a.accountType IN ['shared', 'guest', 'breakGlass']
      AND NOT a:NonHumanIdentity
      AND NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']
      AND coalesce(a.managedBy, 'customer') <> 'provider'
    RETURN count(a) AS population
needs:
  see: [Account.accountType, Account.status]
  absenceOf:
    - { type: Employment, scope: all }
    - { type: EMPLOYED_AS, scope: all }
    - { type: HAS_ACCOUNT, scope: all }
    - { type: OWNED_BY(Account), scope: subject }
    # A sponsor by id may be an account that the list of users did not come to.
    - { type: EntraUser?, scope: subject }
    # A sponsor may be a group, and one whose list of members was cut short may have somebody who is here.
    - { type: MEMBER_OF?, scope: subject }
evidence:
  - { column: account, role: access, requires: { status: enabled } }
remediation:
  - { action: assignOwner, subject: account }
  - { action: disableAccount, account: account }
controls:
  nist80053r5: ["AC-2(3)b", "AC-2 k", IA-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["5.1"]
  pci401: ["8.2.4"]
falsePositives:
  - A team that answers for it together and is named in a tag. Name one person of it in the mapping file.
  - A sponsoring group whose only members who are here are in a group inside it; direct members alone are asked for.
blindSpots:
  - An account that several people use and that nothing marks as shared looks like a person's.
  - Whether the owner knows who else has the password.
  - A guest's own employer does not say when they leave.
  - Whether anybody in a group that sponsors a guest knows of the guest; one member who is here answers for it.
---*/
MATCH (a:Account)
WHERE a.accountType IN ['shared', 'guest', 'breakGlass']
  AND NOT a:NonHumanIdentity
  AND NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']
  AND coalesce(a.managedBy, 'customer') <> 'provider'
  AND NOT EXISTS { MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account) }
  AND NOT EXISTS {
    MATCH (a:Account)-[:OWNED_BY]->(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (a:Account)-[:OWNED_BY]->(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (a:Account)-[:OWNED_BY]->(g:Group)<-[:MEMBER_OF]-(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[h:EMPLOYED_AS]->(y:Employment)
                       WHERE h.left = true OR h.until <= $now }
  }
OPTIONAL MATCH (a:Account)-[:OWNED_BY]->(o:Entity)
WITH a, collect(DISTINCT coalesce(o.name, o.key)) AS named
RETURN a.key AS account, coalesce(a.name, a.key) AS accountName,
  a.accountType AS accountType,
  coalesce(a.status, 'unknown') AS status,
  named,
  coalesce(a.effectivePrivilege, 'unknown') AS privilege,
  CASE WHEN coalesce(a.effectivePrivilege, 'unknown') = 'admin' THEN 'admin'
       WHEN a.accountType = 'breakGlass' THEN 'privileged'
       ELSE coalesce(a.effectivePrivilege, 'unknown') END AS weight,
  a.lastLoginAt AS lastLoginAt
