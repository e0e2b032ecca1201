// Asks the presets' endpoint to make one of a take, with the person's own cookie. What else is said of it: licence, visibility, the preset that it becomes
// a revision of.
export async function savePreset(takeId, name, description, more = {}) {
  try {
    const answer = await fetch('api/v1/presets', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ takeId, name, description, ...more }),
    });
    const body = await answer.json().catch(() => ({}));
    return answer.ok
      ? { id: body.id, problem: null }
      : { id: null, problem: body.detail ?? body.title ?? `It was not saved (${answer.status}).` };
  } catch {
    return { id: null, problem: 'The site did not answer. Try again in a moment.' };
  }
}
