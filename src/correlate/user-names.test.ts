import { describe, expect, it } from "vitest";
import { checkPattern, foldings, userNamesOf } from "./user-names.js";

describe("foldings", () => {
  it.each([
    ["Ann", ["ann"]],
    ["Müller", ["muller", "mueller"]],
    ["Straße", ["strasse"]],
    ["Jørgensen", ["jorgensen", "joergensen"]],
    ["Łukasz", ["lukasz"]],
    ["O'Brien-Lee", ["obrienlee"]],
    ["Zoë", ["zoe"]],
    ["山田", []],
  ])("%s is %j", (word, expected) => {
    expect(foldings(word)).toEqual(expected);
  });
});

describe("userNamesOf", () => {
  it.each([
    ["{first}.{last}", "Ann B. Lee", "", ["ann.lee"]],
    ["{f}{last}", "Lee, Ann B.", "", ["alee"]],
    ["{first}{l}", "Ann Lee", "", ["annl"]],
    ["ext-{workerId}", undefined, "E12", ["ext-e12"]],
    ["{first}.{last}", "Jo Müller", "", ["jo.muller", "jo.mueller"]],
    ["{first}.{last}", "Cher", "", []],
    ["{first}.{last}", undefined, "1", []],
  ])("%s of %s (%s)", (pattern, name, workerId, expected) => {
    expect(userNamesOf(pattern, name, workerId)).toEqual(expected);
  });
});

describe("checkPattern", () => {
  it.each(["{first}.{last}", "{f}{last}", "{workerId}"])("takes %s", (pattern) => {
    expect(() => checkPattern(pattern)).not.toThrow();
  });
  it.each([
    ["{surname}", "unknown placeholder {surname}"],
    ["{f}{l}", "names nobody in particular"],
    ["admin", "names nobody in particular"],
  ])("refuses %s", (pattern, why) => {
    expect(() => checkPattern(pattern)).toThrow(why);
  });
});
