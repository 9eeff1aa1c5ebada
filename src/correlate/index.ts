export { CONFIDENCE, LINK_RULES, type LinkRule } from "./accounts.js";
export {
  type CorrelateOptions,
  computeLinks,
  correlate,
  LINKS_PARTITION,
  LINKS_STREAM,
} from "./correlate.js";
export { type EmploymentFacts, type Term, termOf } from "./employment.js";
export { type Mailbox, type MailboxOptions, mailboxOf } from "./mailbox.js";
export { type KnownPerson, type PersonFacts, personsOf } from "./persons.js";
export { CORRELATE_QUERIES } from "./read.js";
export { CROSSING_STEP_QUERIES } from "./read-crossing.js";
