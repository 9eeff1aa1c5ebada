/*---
id: RES-001
title: Residual access of a leaver
status: stable
revision: 2
severity:
  column: privilege
  values: { admin: critical, privileged: high, write: medium, read: low }
  otherwise: medium
subject: entitlement
person: person
identity: [person, account, entitlement]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that still reaches the entitlement. }
  accountName: { type: text, means: Its name. }
  accountStatus: { type: text, means: "The account's status as last read; access that a disabled account keeps is reported as well." }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and the account {accountName} ({accountStatus}) still reaches {entitlementName} on {resourceName|a resource that no source names}, {through}."
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
    - HAS_ENTITLEMENT
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
reach: { start: account, except: { certainty: [eligible], privilege: [admin, privileged] } }
remediation:
  - { action: cut }
controls:
  nist80053r5: ["AC-6(7)", PS-4]
  csf20: [PR.AA-05]
  iso27001: ["5.18"]
  soc2: [CC6.3]
  cis81: ["6.8"]
  pci401: ["7.2.4"]
falsePositives:
  - A person who starts again later than the day after they left is a leaver in between.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - A shared account that the mapping ties to one person; its other users may need the access.
  - A way through a service account or service principal that is disabled. Whoever enables it gives the access back.
blindSpots:
  - An AWS role that trusts an account as a whole (its root) lets in those of that account whose policies allow it.
    Where no policies of that account were read, nobody in it is known to be let in.
  - A user or role of another AWS account whom a trust policy names is taken to be let in, also where its own policies
    do not allow it.
  - Access by a policy on the resource itself, where the collector does not read it.
  - What a condition lets through is not computed; such paths are marked conditional.
  - Subjects and groups of Google's workforce identity pools (principal://iam.googleapis.com/locations/global/workforcePools/
    and principalSet://) are tied to nobody, and what they hold is no leaver's.
  - An AWS role that trusts an OIDC provider and pins no subject (`sub`) is reached by nobody in the graph, whoever
    gets tokens of that provider.
  - What is reached only by activating a privileged role is LVR-004's.
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
