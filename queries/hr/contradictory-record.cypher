/*---
id: DQ-001
title: Contradictory or unclear HR record
status: stable
revision: 2
severity:
  column: takenAs
  values: { working: medium }
  otherwise: low
subject: employment
person: person
identity: [employment]
columns:
  employment: { type: key, means: The employment whose record contradicts itself or does not say enough. }
  workerId: { type: text, means: Its worker id. }
  person: { type: key, means: Whose employment it is. }
  personName: { type: text, means: Their name. }
  contradiction: { type: text, means: "What contradicts what, or what is not clear." }
  takenAs: { type: text, means: "What the employment counts as meanwhile: working, left or notStarted." }
  recordStatus: { type: text, means: "The status that the record gives, as it is understood." }
  statusText: { type: text, optional: true, means: The status in the words of the HR record where nothing says what it means; empty where the record gives none. }
  employmentType: { type: text, means: "employee, contingent or unknown: of a contingent worker the status decides, of others the last day." }
  firstDay: { type: date, optional: true, means: The first day that the record gives. }
  lastDay: { type: date, optional: true, means: The last day that the record gives. }
  toDo: { type: text, means: What would end it. }
  job: { type: edge, means: What ties the employment to the person. }
reason: "The HR record of {personName} (worker {workerId}) cannot be relied on: {contradiction}. Until it is mended the employment counts as {takenAs}."
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
  - { say: "{toDo}" }
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
  - A re-hire in an HR record that gives no first day.
blindSpots:
  - A record that is wrong and consistent.
  - Two employments of one person under two worker ids that contradict each other.
  - "A status that the configuration maps to `unknown`: then somebody has said that it says nothing."
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WHERE coalesce(w.missing, false) = false
WITH p, e, w,
  CASE WHEN coalesce(e.contradictsAt, $now) <= $now THEN e.contradiction END AS itself,
  CASE WHEN coalesce(w.conflictAt, $now) <= $now AND coalesce(w.conflictEndsAt, $now + 1) > $now
       THEN w.conflict END AS rows,
  CASE WHEN w.statusText IS NULL OR w.end IS NOT NULL THEN null
       WHEN w.statusText = '' THEN 'there is neither a status nor a last day'
       ELSE 'nothing says what the status "' + w.statusText + '" means, and there is no last day' END AS unread
WITH p, e, w, unread, coalesce(itself + '; ' + rows, itself, rows) AS against
WHERE against IS NOT NULL OR unread IS NOT NULL
WITH p, e, w, against, unread, coalesce(w.workerId, w.key) AS workerId,
  coalesce(against + '; ' + unread, against, unread) AS contradiction
RETURN w.key AS employment, workerId,
  p.key AS person, coalesce(p.name, p.key) AS personName,
  contradiction,
  CASE WHEN e.left = true OR e.until <= $now THEN 'left'
       WHEN coalesce(e.since, $now) > $now THEN 'notStarted'
       ELSE 'working' END AS takenAs,
  coalesce(w.status, 'unknown') AS recordStatus, w.statusText AS statusText,
  coalesce(w.type, 'unknown') AS employmentType,
  w.start AS firstDay, w.end AS lastDay,
  CASE WHEN against IS NOT NULL THEN 'Have HR correct the record of worker ' + workerId + ': ' + contradiction + '.'
       WHEN w.statusText = '' THEN 'Have HR give worker ' + workerId + ' a status, or put "" into statusValues of the HR source where an empty one means something.'
       ELSE 'Put the status "' + w.statusText + '" into statusValues of the HR source, as active, leave, terminated or pending.' END AS toDo,
  'EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '') AS job
