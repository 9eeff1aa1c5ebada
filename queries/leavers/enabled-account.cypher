/*---
id: LVR-001
title: Enabled account of a leaver
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical }
  otherwise: high
subject: account
person: person
identity: [person, account]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that still works. }
  accountName: { type: text, means: Its name. }
  status: { type: text, means: The account's status as last read. }
  privilege: { type: text, means: The most that its own and its groups' policies allow. }
  lastLoginAt: { type: instant, optional: true, means: The last time it was used. }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and the account {accountName} is still enabled."
unknown: "{personName} left on {lastDay|a day that the HR record does not give}, and whether the account {accountName} is still enabled is not known."
population:
  means: accounts of people who have left
  query: |
    MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
    WITH p,
      max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
      max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
                AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live
    WHERE over = 1 AND live = 0
    MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)
    RETURN count(DISTINCT a.key) AS population
needs:
  see: [Employment, EMPLOYED_AS, HAS_ACCOUNT, Account.status]
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: account, role: access, requires: { status: enabled } }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link]
remediation:
  - { action: disableAccount, account: account }
controls:
  nist80053r5: ["AC-2(3)", PS-4]
  csf20: [PR.AA-01, PR.AA-05]
  iso27001: ["5.18", "5.16"]
  soc2: [CC6.2]
  cis81: ["6.2", "5.1"]
  pci401: ["8.2.5"]
falsePositives:
  - A person who starts again later than the day after they left is a leaver in between.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - An account that was handed to a successor under its old name, where the mapping still names the leaver.
blindSpots:
  - An account that no rule of correlation ties to the person is ORP-001's, not this rule's.
  - Accounts in systems that no configured source reads.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (p:Person)-[h:HAS_ACCOUNT]->(a:Account)
WHERE NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']
RETURN p.key AS person, coalesce(p.name, p.key) AS personName,
  a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS status,
  coalesce(a.effectivePrivilege, 'unknown') AS privilege,
  a.lastLoginAt AS lastLoginAt,
  lastDay,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  jobs,
  CASE WHEN a.status = 'enabled' THEN 'finding' ELSE 'unknown' END AS outcome
