/*---
id: LVR-003
title: OAuth consent of a leaver
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical, privileged: high, read: low }
  otherwise: medium
subject: consent
person: person
identity: [person, account, consent]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that consented. }
  accountName: { type: text, means: Its name. }
  accountStatus: { type: text, means: "The account's status as last read: a consent outlives the sign-in." }
  consent: { type: key, means: The consent that still stands; never the token. }
  application: { type: key, optional: true, means: "The application that it was given to, where one is named." }
  applicationName: { type: text, optional: true, means: Its name. }
  publisher: { type: text, optional: true, means: "Who made the application, where the system says so." }
  firstParty: { type: flag, optional: true, means: "Whether the provider or the company itself made it; empty where nobody knows." }
  scopes: { type: texts, means: What the application may do in the name of the account. }
  privilege: { type: text, means: "The most that the scopes allow: admin, privileged, write, read or unknown." }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  gave: { type: edge, means: What ties the consent to the account. }
  target: { type: edge, optional: true, means: What ties it to the application. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and what the account {accountName} ({accountStatus}) consented to still stands: {applicationName|an application that no source names} may use {scopes|scopes that are not known} in its name."
population:
  means: consents of accounts of people who have left
  query: |
    MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
    WITH p,
      max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
      max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
                AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live
    WHERE over = 1 AND live = 0
    MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)-[:CONSENTED]->(g:OAuthGrant)
    RETURN count(DISTINCT g.key) AS population
needs:
  see: [Employment, EMPLOYED_AS, Account, HAS_ACCOUNT, OAuthGrant, CONSENTED, TO?]
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: consent, role: access }
  - { column: gave, role: access }
  - { column: target, role: context }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link, gave, target]
remediation:
  - { action: cut, edge: gave }
controls:
  owaspNhi2025: [NHI3]
  nist80053r5: ["AC-2(3)", AC-6, PS-4]
  csf20: [PR.AA-05]
  iso27001: ["5.15", "5.18"]
  soc2: [CC6.2, CC6.3]
  cis81: ["6.2"]
  pci401: ["8.2.5"]
falsePositives:
  - A person who starts again later than the day after they left is a leaver in between.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - A consent that an application of the company's own keeps for everybody who ever used it.
blindSpots:
  - What an application copied while the consent stood, and sessions that it keeps by itself.
  - A consent that an administrator gave for everybody names no user; OAU-001 reports those of third parties.
  - Which scopes were used, and when.
  - Access tokens that were issued before the consent was withdrawn, until they expire.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (p:Person)-[h:HAS_ACCOUNT]->(a:Account)-[c:CONSENTED]->(g:OAuthGrant)
WHERE coalesce(a.status, 'unknown') <> 'deleted'
OPTIONAL MATCH (g:OAuthGrant)-[t:TO]->(x:Entity)
RETURN p.key AS person, coalesce(p.name, p.key) AS personName,
  a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS accountStatus,
  g.key AS consent,
  x.key AS application, coalesce(x.name, x.key, g.name) AS applicationName,
  x.publisher AS publisher, x.firstParty AS firstParty,
  coalesce(g.scopes, []) AS scopes,
  coalesce(g.privilege, 'unknown') AS privilege,
  lastDay,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  'CONSENTED|' + a.key + '|' + g.key + '|' + coalesce(c.disc, '') AS gave,
  'TO|' + g.key + '|' + x.key + '|' + coalesce(t.disc, '') AS target,
  jobs
