/** Names of the made-up company. None of the last names is used by a story, so that no filler meets one by accident. */

const FIRST =
  "Aaron Abigail Adele Ahmed Aiko Alba Alejandro Alice Amara Amir Anders Andrea Anika Anton Ariel Astrid Ayumi Beatriz Benedikt Bianca Birgit Boris Bridget Camille Carlos Catarina Cedric Celine Charlotte Christoph Claire Clara Daniela Daniel Deborah Diego Edith Edward Elena Elif Elias Elsa Emil Emma Enzo Erik Esther Farid Felix Femi Finn Florence Francesca Frida Gabriel Gemma Georg Gita Hamza Hana Hannah Harald Helena Henrik Ibrahim Ida Ilse Imran Irene Isabel Ivan Jakob Jana Jasmin Javier Joana Johan Jonas Julia Kaito Kamal Karin Katarina Kenji Klara Kofi Lars Laura Leila Leon Linnea Louis Lucia Lukas Maja Malik Marco Maria Marta Mateo Matilda Mikael Mina Moritz Nadia Nikolai Nils Nora Olga Oliver Omar Oscar Paula Pedro Petra Philip Priya Rafael Ravi Rebecca Rosa Ruben Samir Sandra Sara Sebastian Selma Simon Sofia Stefan Stella Susanne Sven Tamara Tariq Teresa Theo Thomas Tobias Ursula Valentin Vera Victor Viola Walter Wanda Xenia Yara Yusuf Zoe".split(
    " ",
  );

const LAST =
  "Abbott Acosta Adeyemi Alvarez Amsel Andersson Arnold Bakker Balogun Barbieri Barros Baumann Becker Bellini Bennett Bergmann Bianchi Blanchard Blom Bonnet Borges Brandt Brennan Bruno Burke Caldwell Campos Carlsen Carvalho Castillo Chandra Chaudhry Clarke Collins Conti Costa Cruz Dahl Delgado Dietrich Doyle Dubois Dupont Eriksen Esposito Faber Farouk Fernandes Ferrari Fischer Fontaine Forsberg Franke Fujita Gallo Garnier Gibson Gomez Graf Greco Gustafsson Haas Hansen Hartmann Hayashi Herrera Hoffmann Holm Horvat Huber Ibarra Iqbal Ito Jansen Johansson Kaplan Kaur Kimura Klein Koch Kovacs Kowalski Kramer Kumar Lambert Lange Larsen Laurent Lehmann Leroy Lindholm Lombardi Lopes Lorenz Lund Maier Mancini Marchetti Marino Martens Matsuda Mehta Mendes Meyer Molina Moreau Mori Mukherjee Nakamura Navarro Neumann Nguyen Novak Nowak Olsen Ortega Osei Pacheco Paulsen Pereira Perrin Pham Pinto Popescu Quinn Ramos Reyes Ricci Richter Rivera Romero Roth Rousseau Ruiz Saito Santoro Sato Schmitt Schneider Schulz Serrano Silva Simmons Soto Steiner Suzuki Takeda Torres Tran Vargas Vasquez Vogel Wagner Walsh Weber Werner Winter Wolff Yamada Yilmaz Zimmermann".split(
    " ",
  );

const PAIRS = FIRST.length * LAST.length;
/** Has no factor in common with PAIRS, so stepping by it meets every pair once. */
const STEP = coprimeNear(Math.floor(PAIRS * 0.618));

/** The name of the person at an index. The first `FIRST × LAST` are unique; later ones carry a numeral. */
export function nameAt(index: number): { first: string; last: string; numeral: number } {
  const pair = (index * STEP) % PAIRS;
  return {
    first: FIRST[pair % FIRST.length] ?? "",
    last: LAST[Math.floor(pair / FIRST.length)] ?? "",
    numeral: Math.floor(index / PAIRS) + 1,
  };
}

/** Names of people from elsewhere: from the far end, so that they meet no colleague in a company of usual size. */
export const guestNameAt = (index: number) => nameAt(PAIRS - 1 - (index % PAIRS));

function coprimeNear(start: number): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let step = start;
  while (gcd(step, PAIRS) !== 1) step++;
  return step;
}

export const UNITS: readonly { readonly department: string; readonly titles: readonly string[] }[] = [
  {
    department: "Platform Engineering",
    titles: ["Site Reliability Engineer", "Platform Engineer", "Staff Engineer"],
  },
  {
    department: "Product Development",
    titles: ["Software Engineer", "Senior Software Engineer", "Product Manager"],
  },
  { department: "Data & Analytics", titles: ["Data Engineer", "Analyst", "Machine Learning Engineer"] },
  { department: "Quality Assurance", titles: ["Test Engineer", "QA Lead"] },
  { department: "Finance", titles: ["Controller", "Accountant", "Billing Specialist"] },
  { department: "Customer Support", titles: ["Support Engineer", "Support Agent"] },
  { department: "Sales, EMEA", titles: ["Account Executive", "Solutions Architect"] },
  { department: "People & Culture", titles: ["HR Business Partner", "Recruiter"] },
];
