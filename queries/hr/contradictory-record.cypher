/*---
id: DQ-001
title: Contradictory HR record
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
  employment: { type: key, means: The employment whose record contradicts itself. }
  workerId: { type: text, means: Its worker id. }
  person: { type: key, means: Whose employment it is. }
  personName: { type: text, means: Their name. }
  contradiction: { type: text, means: What contradicts what. }
  takenAs: { type: text, means: "What the employment counts as meanwhile: working, left or notStarted." }
  recordStatus: { type: text, means: The status that the record gives. }
  employmentType: { type: text, means: "employee, contingent or unknown: of a contingent worker the status decides, of others the last day." }
  firstDay: { type: date, optional: true, means: The first day that the record gives. }
  lastDay: { type: date, optional: true, means: The last day that the record gives. }
  job: { type: edge, means: What ties the employment to the person. }
reason: "The HR record of {personName} (worker {workerId}) contradicts itself: {contradiction}. Until it is corrected the employment counts as {takenAs}."
population:
  means: employments in the HR record
  query: |
    MATCH (w:Employment)
    WHERE coalesce(w.missing, false) = false
    RETURN count(w) AS population
needs:
  see: [Employment, EMPLOYED_AS]
evidence:
  - { column: employment, role: context }
  - { column: job, role: context }
remediation:
  - { say: "Have HR correct the record of worker {workerId}: {contradiction}." }
controls:
  nist80053r5: ["IA-4(4)", PS-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["6.2"]
  pci401: ["8.2.5"]
falsePositives:
  - A source whose status follows the last day some days late.
  - A status that the configuration maps to another than it means.
blindSpots:
  - A record that is wrong and consistent.
  - Two employments of one person that contradict each other; hr-csv rejects overlapping rows of one worker.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WHERE e.contradiction IS NOT NULL
  AND coalesce(e.contradictsAt, $now) <= $now
  AND coalesce(w.missing, false) = false
RETURN w.key AS employment, coalesce(w.workerId, w.key) AS workerId,
  p.key AS person, coalesce(p.name, p.key) AS personName,
  e.contradiction AS contradiction,
  CASE WHEN e.left = true OR e.until <= $now THEN 'left'
       WHEN coalesce(e.since, $now) > $now THEN 'notStarted'
       ELSE 'working' END AS takenAs,
  coalesce(w.status, 'unknown') AS recordStatus,
  coalesce(w.type, 'unknown') AS employmentType,
  w.start AS firstDay, w.end AS lastDay,
  'EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '') AS job
