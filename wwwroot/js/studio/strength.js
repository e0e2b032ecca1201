// Strengths in words and from words. A minus sign is written as people set it, and read in every form in which they type it.

// "+2.5", "−0.25", "0.0": two decimals at most, one at least.
export function signed(value) {
  const size = Math.abs(value).toFixed(2).replace(/0$/, '');
  return (value < 0 ? '−' : value > 0 ? '+' : '') + size;
}

// The same without a plus sign.
export const strengthText = value => signed(value).replace('+', '');

// A typed number, with a point or a comma; null: it is none.
export function parseStrength(text) {
  const plain = text
    .trim()
    .replace(/[−–]/g, '-')
    .replace(',', '.')
    .replace(/\s*[×x].*$/u, '');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number.parseFloat(plain) : null;
}
