/*---
id: DQ-003
title: Principal that nothing resolves
status: stable
revision: 1
severity:
  column: weight
  values: { admin: critical, privileged: high, read: low, deleted: low }
  otherwise: medium
subject: principal
identity: [principal]
columns:
  principal: { type: key, means: The name that access hangs on. }
  principalName: { type: text, means: "The name, as the system has it." }
  what: { type: text, means: "What the form of the name says it is: a Google account, a deleted user, an AWS account as a whole." }
  namedBy: { type: texts, means: The sources that name it. }
  reaches: { type: texts, means: "What it holds at first hand: entitlements, groups, identities that it may act as." }
  privilege: { type: text, means: "The most of that, with what those groups and identities hold at first hand." }
  weight: { type: text, means: "What the severity follows: the privilege, or `deleted` for what is deleted." }
  answerers: { type: texts, means: "Which systems could say who it is, or which partition of one: `google-workspace`, `aws-iam|111111111111`." }
  answer: { type: text, means: "Whether any of these is read: then it is in none; else nobody was asked." }
  hangs: { type: edges, means: The access itself. }
reason: "{principalName} ({what}) is named by {namedBy|a source that is not known} and holds {reaches}. Nothing says who that is: {answer}."
population:
  means: names that access hangs on and that are no entity of any source, answered or not; excluded are services of the provider and everybody
  query: |
    CALL {
      MATCH (r:Unresolved) RETURN r
      UNION
      MATCH (r:Resource) WHERE r.key STARTS WITH 'ref/' RETURN r
    }
    WITH r
    MATCH (r:Entity)-[e:HAS_ENTITLEMENT|MEMBER_OF|CAN_ASSUME]->(t:Entity)
    WITH DISTINCT r
    WITH CASE WHEN r.key STARTS WITH 'ref/aws-service/' OR r.key STARTS WITH 'ref/aws-principal/' THEN 1 ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see: [HAS_ENTITLEMENT?, MEMBER_OF?, CAN_ASSUME?]
  absenceOf:
    - { type: SAME_AS, scope: subject }
    - { type: Account, scope: subject }
    - { type: Group, scope: subject }
    - { type: NonHumanIdentity, scope: subject }
    - { type: EntraDevice?, scope: subject }
    - { type: Account, scope: named, by: answerers }
    - { type: Group, scope: named, by: answerers }
    - { type: NonHumanIdentity, scope: named, by: answerers }
evidence:
  - { column: hangs, role: access }
  - { column: principal, role: context }
remediation:
  - { say: "Find out who {principalName} is, and whether they may hold {reaches}. Where a system that is not read knows them, configure a source for it; where nobody knows them, take it away:" }
  - { action: cut, edge: hangs }
controls:
  nist80053r5: ["AC-2(3)b", IA-4]
  csf20: [PR.AA-01]
  iso27001: ["5.16"]
  soc2: [CC6.2]
  cis81: ["5.1"]
  pci401: ["8.2.4"]
falsePositives:
  - "A partner, a vendor or a service (a monitoring account) that is meant to be let in; an exception with an end says so."
  - A workload of an outside issuer (a build system's job, a service account of Kubernetes), which the trust names by the
    subject of its tokens. It is meant, and no source resolves it.
  - A group that leads on to another, which holds nothing.
  - A deleted member that the system will clean up by itself.
blindSpots:
  - A name that a source resolves to the wrong thing looks resolved.
  - Everybody (allUsers, allAuthenticatedUsers, any AWS principal) is no unknown name; what that reaches is not asked here.
  - Services of a provider that a role trusts, which act for whoever configures them.
  - Who is behind a name that is resolved to a group outside, or to an account as a whole.
  - What a group of it holds by the groups that it is in. The name is reported, and weighed by the first group alone.
---*/
OPTIONAL MATCH (m:ReadMarker)
WHERE m.state <> 'outOfScope'
WITH collect(DISTINCT m.system) + collect(DISTINCT CASE WHEN m.system = 'aws-iam' THEN 'aws-iam|' + m.partition END) AS read
CALL {
  MATCH (r:Unresolved) RETURN r
  UNION
  MATCH (r:Resource) WHERE r.key STARTS WITH 'ref/' RETURN r
}
WITH read, r
WHERE NOT (r.key STARTS WITH 'ref/aws-service/') AND NOT (r.key STARTS WITH 'ref/aws-principal/')
MATCH (r:Entity)-[e:HAS_ENTITLEMENT|MEMBER_OF|CAN_ASSUME]->(t:Entity)
WHERE coalesce(e.endsAt, $now + 1) > $now
  AND (type(e) <> 'MEMBER_OF' OR EXISTS { MATCH (t:Entity)-[:HAS_ENTITLEMENT|CAN_ASSUME|MEMBER_OF|SAME_AS]->(on:Entity) })
  AND NOT EXISTS { MATCH (r:Entity)<-[:SAME_AS]-(x:Entity) WHERE NOT x:Unresolved }
  AND NOT EXISTS { MATCH (r:Entity)<-[:SAME_AS]-(y:Unresolved)<-[:SAME_AS]-(x:Entity) WHERE NOT x:Unresolved }
  AND NOT EXISTS { MATCH (t:Entity)<-[d:CAN_ASSUME]-(z:Entity)
                   WHERE type(e) + '|' + r.key + '|' + t.key + '|' + coalesce(e.disc, '') IN coalesce(d.restsOn, []) }
OPTIONAL MATCH (t:Entity)-[:HAS_ENTITLEMENT]->(u:Entitlement)
WITH read, r, e, t,
  max(CASE WHEN 'admin' IN [t.privilege, t.effectivePrivilege, u.privilege] THEN 5
           WHEN 'privileged' IN [t.privilege, t.effectivePrivilege, u.privilege] THEN 4
           WHEN 'write' IN [t.privilege, t.effectivePrivilege, u.privilege] THEN 3
           WHEN 'unknown' IN [t.privilege, t.effectivePrivilege, u.privilege] THEN 2
           WHEN 'read' IN [t.privilege, t.effectivePrivilege, u.privilege] THEN 1 ELSE 2 END) AS most
UNWIND CASE WHEN size(coalesce(e.assertions, [])) = 0 THEN [null] ELSE e.assertions END AS said
WITH read, r, collect(DISTINCT split(said, '|')[1]) AS sources, collect(DISTINCT coalesce(t.name, t.key)) AS reaches,
  collect(DISTINCT type(e) + '|' + r.key + '|' + t.key + '|' + coalesce(e.disc, '')) AS hangs, max(most) AS most
OPTIONAL MATCH (r:Entity)<-[:SAME_AS]-(y:Unresolved)
WITH read, r, sources, reaches, hangs, most, [r.key] + collect(y.key) AS names
WITH read, r, sources, reaches, hangs, most,
  [n IN names WHERE n STARTS WITH 'ref/aws-arn/arn:' AND size(split(toString(n), ':')) > 5
     AND NOT (n CONTAINS ':saml-provider/') | 'aws-iam|' + split(toString(n), ':')[4]]
  + [n IN names WHERE n STARTS WITH 'ref/aws-account/' | 'aws-iam|' + split(toString(n), '/')[2]]
  + [n IN names WHERE n STARTS WITH 'ref/entra-object/' OR n CONTAINS ':saml-provider/'
       OR n STARTS WITH 'ref/oidc/sts.windows.net/' OR n STARTS WITH 'ref/oidc/login.microsoftonline.'
       OR n STARTS WITH 'ref/oidc/sts.chinacloudapi.cn/' OR n STARTS WITH 'ref/oidc/login.partner.microsoftonline.cn/' | 'entra']
  + [n IN names WHERE n STARTS WITH 'ref/google-member/user:' OR n STARTS WITH 'ref/google-member/group:'
       OR n STARTS WITH 'ref/google-member/domain:' OR n STARTS WITH 'ref/google-member/customer:'
       OR n STARTS WITH 'ref/google-member/deleted:user:' OR n STARTS WITH 'ref/google-member/deleted:group:'
       OR n STARTS WITH 'ref/oidc/accounts.google.com#' | 'google-workspace']
  + [n IN names WHERE (n STARTS WITH 'ref/google-member/serviceAccount:' AND NOT (n ENDS WITH ']'))
       OR n STARTS WITH 'ref/google-member/deleted:serviceAccount:' OR n STARTS WITH 'ref/google-member/project'
       OR n STARTS WITH 'ref/oidc/accounts.google.com#' | 'google-cloud'] AS answerers,
  CASE WHEN r.key STARTS WITH 'ref/google-member/deleted:'
         OR (r.key STARTS WITH 'ref/aws-arn/' AND NOT (r.key CONTAINS ':')) THEN 'deleted'
       WHEN most = 5 THEN 'admin' WHEN most = 4 THEN 'privileged' WHEN most = 3 THEN 'write'
       WHEN most = 1 THEN 'read' ELSE 'unknown' END AS weight
RETURN r.key AS principal, coalesce(r.name, r.key) AS principalName,
  CASE WHEN NOT (r.key STARTS WITH 'ref/') THEN 'something that its own source names and does not describe'
       WHEN r.key STARTS WITH 'ref/google-member/user:' THEN 'a Google account'
       WHEN r.key STARTS WITH 'ref/google-member/group:' THEN 'a Google group'
       WHEN r.key STARTS WITH 'ref/google-member/domain:' THEN 'everybody in a Google domain'
       WHEN r.key STARTS WITH 'ref/google-member/customer:' THEN 'everybody of a Google customer'
       WHEN r.key STARTS WITH 'ref/google-member/deleted:user:' THEN 'a deleted Google account'
       WHEN r.key STARTS WITH 'ref/google-member/deleted:group:' THEN 'a deleted Google group'
       WHEN r.key STARTS WITH 'ref/google-member/deleted:serviceAccount:' THEN 'a deleted service account'
       WHEN r.key STARTS WITH 'ref/google-member/deleted:' THEN 'a deleted Google principal'
       WHEN r.key STARTS WITH 'ref/google-member/serviceAccount:' AND r.key ENDS WITH ']' THEN 'a workload of Kubernetes'
       WHEN r.key STARTS WITH 'ref/google-member/serviceAccount:' THEN 'a Google service account'
       WHEN r.key STARTS WITH 'ref/google-member/principal:' THEN 'a federated identity'
       WHEN r.key STARTS WITH 'ref/google-member/principalSet:' THEN 'a set of federated identities'
       WHEN r.key STARTS WITH 'ref/google-member/project' THEN 'whoever holds a basic role on another project'
       WHEN r.key STARTS WITH 'ref/oidc/' THEN 'whoever has the tokens of another issuer'
       WHEN r.key STARTS WITH 'ref/aws-account/' THEN 'an AWS account as a whole'
       WHEN r.key STARTS WITH 'ref/aws-federated/' OR r.key CONTAINS ':saml-provider/' OR r.key CONTAINS ':oidc-provider/'
         THEN 'whoever an identity provider lets in'
       WHEN r.key STARTS WITH 'ref/aws-arn/' AND NOT (r.key CONTAINS ':') THEN 'a deleted AWS principal'
       WHEN r.key STARTS WITH 'ref/aws-arn/' THEN 'an AWS principal'
       WHEN r.key STARTS WITH 'ref/entra-object/' THEN 'an object of the Entra tenant'
       ELSE 'a name' END AS what,
  [one IN sources WHERE one <> 'derived'] AS namedBy,
  reaches,
  CASE most WHEN 5 THEN 'admin' WHEN 4 THEN 'privileged' WHEN 3 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS privilege,
  weight, answerers,
  CASE WHEN NOT (r.key STARTS WITH 'ref/') THEN 'the source that names it does not list it'
       WHEN any(one IN answerers WHERE one IN read) THEN 'the sources that could do not have it'
       ELSE 'no configured source could' END AS answer,
  hangs
