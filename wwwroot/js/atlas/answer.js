// What the site answers to a GET. Throws an error with its message for the person.
export async function answer(address, signal) {
  const answered = await fetch(address, { signal });
  if (answered.ok) return answered;
  const problem = await answered.json().catch(() => null);
  throw new Error(problem?.detail ?? `The site answered ${answered.status}.`);
}
