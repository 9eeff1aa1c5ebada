/*---
id: LVR-004
title: Eligible privileged role of a leaver
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: high }
  otherwise: medium
subject: entitlement
person: person
identity: [person, account, entitlement]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that may activate the role. }
  accountName: { type: text, means: Its name. }
  accountStatus: { type: text, means: "The account's status as last read; a disabled account keeps its eligibility." }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and the account {accountName} ({accountStatus}) may still activate {entitlementName} on {resourceName|a resource that no source names}, {through}."
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
  see:
    - Employment
    - EMPLOYED_AS
    - Account
    - HAS_ACCOUNT
    - HAS_ENTITLEMENT.assignment
    - MEMBER_OF?
    - CAN_ASSUME?
    - SIGNS_IN_AS?
    - SAME_AS?
    - RUNS_AS?
    - CONTAINS?
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: account, role: access }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link]
reach: { start: account, only: { certainty: [eligible], privilege: [admin, privileged] } }
remediation:
  - { action: cut }
controls:
  nist80053r5: ["AC-6(5)", "AC-6(7)", PS-4]
  csf20: [PR.AA-05]
  iso27001: ["5.18", "8.2"]
  soc2: [CC6.3]
  cis81: ["6.8"]
  pci401: ["7.2.4"]
falsePositives:
  - A person who starts again later than the day after they left is a leaver in between.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - A shared account that the mapping ties to one person; others may need its eligibility.
blindSpots:
  - What an activation asks for besides (an approval, a second factor, a reason) is not read.
  - Eligibility in systems whose collector does not read it, as for groups and for resources of Azure.
  - An eligibility that begins later is reported from then on.
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
RETURN p.key AS person, coalesce(p.name, p.key) AS personName,
  a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS accountStatus,
  lastDay,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  jobs
