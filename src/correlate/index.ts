export { type EmploymentFacts, type Term, termOf } from "./employment.js";
export { type Mailbox, type MailboxOptions, mailboxOf } from "./mailbox.js";
export { type KnownPerson, type PersonFacts, personsOf } from "./persons.js";
