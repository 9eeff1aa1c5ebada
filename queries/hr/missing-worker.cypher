/*---
id: DQ-002
title: Missing worker
status: stable
revision: 1
severity:
  column: takenAs
  values: { working: medium }
  otherwise: low
subject: employment
person: person
identity: [employment]
columns:
  employment: { type: key, means: The employment that vanished from the HR record. }
  workerId: { type: text, means: Its worker id. }
  person: { type: key, means: Whose employment it is. }
  personName: { type: text, means: Their name. }
  takenAs: { type: text, means: "What the employment goes on counting as: working, left or notStarted." }
  lastDay: { type: date, optional: true, means: The last day that the record gave. }
  missingAt: { type: instant, optional: true, means: When a complete read first no longer saw it. }
  missingRead: { type: text, optional: true, means: That read. }
  job: { type: edge, means: What ties the employment to the person. }
params:
  ended: { type: flag, default: true, means: Whether to report employments as well that were over when they vanished. }
reason: "Worker {workerId} ({personName}) is no longer in the HR record since {missingAt|a read that is not known}. That proves nothing about them: the employment (last day {lastDay|not given}) goes on counting as {takenAs}."
population:
  means: employments of HR sources that list everybody; excluded are those of sources that list active workers only
  query: |
    MATCH (w:Employment)
    WITH CASE WHEN coalesce(w.roster, 'full') = 'activeOnly' THEN 1 ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see: [Employment, EMPLOYED_AS]
evidence:
  - { column: employment, role: context }
  - { column: job, role: context }
remediation:
  - { say: "Ask HR what became of worker {workerId}: a row for somebody who left needs a last day. If the file lists active workers only, set `roster: active-only` for its source." }
controls:
  nist80053r5: ["IA-4(4)", PS-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["6.2"]
  pci401: ["8.2.5"]
falsePositives:
  - A worker who was given another worker id; the new row is a new employment.
  - A row that was never right, and was deleted.
  - An HR system that drops leavers from its record after a while; `ended` leaves them out.
blindSpots:
  - A worker who was never in the record.
  - A file that lost many rows at once is held back by the guard, and nobody of it is missing.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WHERE w.missing = true
  AND coalesce(w.roster, 'full') <> 'activeOnly'
  AND ($ended OR NOT (coalesce(e.left, false) OR coalesce(e.until <= w.missingAt, false)))
RETURN w.key AS employment, coalesce(w.workerId, w.key) AS workerId,
  p.key AS person, coalesce(p.name, p.key) AS personName,
  CASE WHEN e.left = true OR e.until <= $now THEN 'left'
       WHEN coalesce(e.since, $now) > $now THEN 'notStarted'
       ELSE 'working' END AS takenAs,
  w.end AS lastDay,
  w.missingAt AS missingAt, w.missingRead AS missingRead,
  'EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '') AS job
