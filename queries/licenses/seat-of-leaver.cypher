/*---
id: LIC-001
title: Seat used by a leaver
status: stable
revision: 1
severity: low
subject: license
person: person
identity: [person, account, license]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that the seat is used by. }
  accountName: { type: text, means: Its name. }
  accountStatus: { type: text, means: "The account's status as last read: a disabled account goes on using its seats." }
  license: { type: key, means: The licence. }
  licenseName: { type: text, means: Its name. }
  sku: { type: text, optional: true, means: Which paid licence it is. }
  costPerSeat: { type: number, optional: true, means: "What a seat costs, as configured; empty where it is not." }
  currency: { type: text, optional: true, means: Of the cost. }
  renewsOn: { type: date, optional: true, means: "Until when the seat is paid for, as configured." }
  via: { type: text, optional: true, means: "How the account came by it: direct, or by a group." }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  seat: { type: edge, means: The seat itself. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and the account {accountName} ({accountStatus}) still uses a seat of {licenseName}. Cost per seat: {costPerSeat|not configured}, currency: {currency|not configured}, renews on: {renewsOn|not configured}."
population:
  means: seats that accounts of people who have left use; excluded are those that cost nothing, and those of accounts that others use as well
  query: |
    MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
    WITH p,
      max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
      max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
                AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live
    WHERE over = 1 AND live = 0
    MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)-[s:USES_SEAT]->(l:License)
    WITH DISTINCT a, s, l
    WITH CASE WHEN coalesce(l.costPerSeat, 1) = 0 THEN 1
              WHEN coalesce(a.accountType, 'unknown') IN ['shared', 'service'] THEN 1 ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see: [Employment, EMPLOYED_AS, HAS_ACCOUNT, License, USES_SEAT]
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: seat, role: access }
  - { column: account, role: context }
  - { column: license, role: context }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link, seat]
remediation:
  - { action: cut, edge: seat }
controls:
  nist80053r5: ["AC-2(3)", PS-4]
  csf20: [PR.AA-01, PR.AA-05]
  iso27001: ["5.18", "5.16"]
  soc2: [CC6.2]
  cis81: ["6.2", "5.1"]
  pci401: ["8.2.5"]
falsePositives:
  - A mailbox that must be kept for some time by law or contract, where that needs the licence; an exception with an end says so.
  - A seat that is paid for until it renews, whether it is used or not; it is free for somebody else all the same.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
blindSpots:
  - Seats of applications that sell their own and that no configured source reads.
  - Seats of accounts that are tied to nobody; ORP-001 reports those accounts.
  - Seats that nobody uses, and what a contract asks for at least.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (p:Person)-[h:HAS_ACCOUNT]->(a:Account)-[s:USES_SEAT]->(l:License)
WHERE coalesce(l.costPerSeat, 1) <> 0
  AND NOT coalesce(a.accountType, 'unknown') IN ['shared', 'service']
RETURN p.key AS person, coalesce(p.name, p.key) AS personName,
  a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS accountStatus,
  l.key AS license, coalesce(l.name, l.sku, l.key) AS licenseName,
  l.sku AS sku, l.costPerSeat AS costPerSeat, l.currency AS currency, l.renewsOn AS renewsOn,
  s.via AS via,
  lastDay,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  'USES_SEAT|' + a.key + '|' + l.key + '|' + coalesce(s.disc, '') AS seat,
  jobs
