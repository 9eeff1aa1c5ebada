export { AWS_SOURCE, type Expectation, HR_SOURCE, type Story } from "./story.js";
export { type CompanyOptions, LEAST_PEOPLE, type WrittenCompany, writeCompany } from "./write.js";
