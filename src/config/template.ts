/**
 * The commented `exitgraph.yaml` that `init` writes: an HR file and one AWS account, ready to be filled in. It
 * loads as it stands.
 */
export function configTemplate(options: { readonly timeZone?: string } = {}): string {
  return `# Exitgraph reads this file; docs/configuration.md lists every key.
# Secrets never stand here: write \${NAME}, and the value is taken from the environment.

# Where the access graph is kept. The embedded engine needs no server; for Neo4j:
#   store: { engine: neo4j, uri: "neo4j://localhost:7687", user: neo4j, password: "\${NEO4J_PASSWORD}" }
store: { engine: embedded }

# Snapshots, the journal and the embedded store. Keep this folder: it is the evidence.
data: .exitgraph

company:
  # A last day ends at midnight in this zone.
  timeZone: ${options.timeZone ?? "UTC"}
  # Mail domains that mean the same mailbox: a@old.example is a@new.example.
  # domains: [new.example, old.example]

sources:
  # The HR record decides who has left. Any header names: the right side is what your file calls the column.
  # Columns that are not named here are never kept anywhere.
  hr:
    type: hr-csv
    path: people.csv
    columns:
      workerId: Employee ID
      name: Name
      email: Work Email
      startDate: Start Date
      endDate: Last Day
      status: Status
      manager: Manager ID
      department: Department
    # What the words in your status column mean; active, leave, terminated and pending need no entry.
    # statusValues: { On Leave: leave, Left: terminated }

  # One AWS account, with the credentials of your environment (AWS_PROFILE and so on). Read-only calls;
  # \`exitgraph doctor\` lists the permissions.
  aws:
    type: aws-iam
    region: us-east-1
    # More accounts, each through a role that may read IAM:
    # accounts:
    #   - { id: "111122223333", role: exitgraph-reader }

  # Instead of calling AWS: the files that its command line prints, named after the streams, for example
  #   aws iam get-account-authorization-details > recordings/aws/account-authorization.json
  # aws: { type: aws-iam, recording: recordings/aws }

# A read that would remove more than this is stopped until someone accepts it.
guard:
  removals: { percent: 20 }

# How accounts are tied to people when no e-mail or employee id says so. A mapping file wins over every rule.
# correlate:
#   mapping: accounts.csv
#   userNames: ["{first}.{last}", "{f}{last}"]

# For \`exitgraph serve\`.
# schedule: { collect: "0 5 * * *", reconcile: "0 6 * * *" }
`;
}
