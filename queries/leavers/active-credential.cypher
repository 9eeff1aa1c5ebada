/*---
id: LVR-002
title: Active credential of a leaver
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical }
  otherwise: high
subject: credential
person: person
identity: [person, account, credential]
columns:
  person: { type: key, means: The leaver. }
  personName: { type: text, means: Their name. }
  account: { type: key, means: The account that the credential belongs to. }
  accountName: { type: text, means: Its name. }
  accountStatus: { type: text, means: "The account's status as last read: a key can go on working where nobody can sign in." }
  credential: { type: key, means: The credential that still works. }
  credentialName: { type: text, means: Its name; never the secret. }
  credentialType: { type: text, means: "What it is: accessKey, secret, certificate, token or unknown." }
  status: { type: text, means: The credential's status as last read. }
  privilege: { type: text, means: The most that the account's policies allow. }
  createdAt: { type: instant, optional: true, means: When it was made. }
  lastUsedAt: { type: instant, optional: true, means: The last time it was used. }
  lastDay: { type: date, optional: true, means: The leaver's last day. }
  link: { type: edge, means: What ties the account to the person. }
  holds: { type: edge, means: What ties the credential to the account. }
  jobs: { type: edges, means: The person's employments. }
reason: "{personName} left on {lastDay|a day that the HR record does not give}, and {credentialName} ({credentialType}) of the account {accountName} ({accountStatus}) is still active."
unknown: "{personName} left on {lastDay|a day that the HR record does not give}, and whether {credentialName} ({credentialType}) of the account {accountName} still works is not known."
population:
  means: credentials of people who have left
  query: |
    MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
    WITH p,
      max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
      max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
                AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live
    WHERE over = 1 AND live = 0
    MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)-[:HAS_CREDENTIAL]->(c:Credential)
    RETURN count(DISTINCT c.key) AS population
needs:
  see: [Employment, EMPLOYED_AS, HAS_ACCOUNT, HAS_CREDENTIAL, Credential.status]
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: credential, role: access, requires: { status: active } }
  - { column: holds, role: access }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link, holds]
remediation:
  - { action: deactivateCredential, credential: credential, holder: account }
controls:
  nist80053r5: ["AC-2(3)", PS-4, IA-5]
  csf20: [PR.AA-01, PR.AA-05]
  iso27001: ["5.18", "5.16", "5.17"]
  soc2: [CC6.2]
  cis81: ["6.2", "5.1"]
  pci401: ["8.2.5"]
falsePositives:
  - A person who starts again later than the day after they left is a leaver in between.
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - A pipeline that runs on the leaver's key. It is a finding all the same; give the pipeline an identity of its own before the key goes.
blindSpots:
  - A credential of an application or a service account is NHI-004's, where the leaver owned it or made it.
  - Copies of other people's and of software's credentials that the leaver could read.
  - Sessions that were opened before the credential was deactivated, until they expire.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (p:Person)-[h:HAS_ACCOUNT]->(a:Account)-[k:HAS_CREDENTIAL]->(c:Credential)
WHERE NOT coalesce(c.status, 'unknown') IN ['inactive', 'deleted']
  AND coalesce(c.expiresAt, $now + 1) > $now
  AND coalesce(a.status, 'unknown') <> 'deleted'
RETURN p.key AS person, coalesce(p.name, p.key) AS personName,
  a.key AS account, coalesce(a.name, a.key) AS accountName,
  coalesce(a.status, 'unknown') AS accountStatus,
  c.key AS credential, coalesce(c.name, c.key) AS credentialName,
  coalesce(c.credentialType, 'unknown') AS credentialType,
  coalesce(c.status, 'unknown') AS status,
  coalesce(a.effectivePrivilege, 'unknown') AS privilege,
  c.createdAt AS createdAt, c.lastUsedAt AS lastUsedAt,
  lastDay,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  'HAS_CREDENTIAL|' + a.key + '|' + c.key + '|' + coalesce(k.disc, '') AS holds,
  jobs,
  CASE WHEN c.status = 'active' THEN 'finding' ELSE 'unknown' END AS outcome
