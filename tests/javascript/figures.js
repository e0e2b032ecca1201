// Figures worth keeping, gathered in the file that SAE_FIGURES names (scripts/check.sh).
import { appendFileSync } from 'node:fs';

export function figure(text) {
  const { SAE_FIGURES: file } = globalThis.process.env;
  if (file) appendFileSync(file, `${text}\n`);
}
