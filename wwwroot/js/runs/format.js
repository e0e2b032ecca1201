// Numbers as the charts write them: three digits, one prefix, never locale-dependent.
export const dash = '–';

// 1638400 → "1.64 M"; 512 → "512".
export function count(number) {
  if (!Number.isFinite(number)) return dash;
  let at = 0;
  while (Math.abs(number) >= 999.5 && at < 4) {
    number /= 1000;
    at++;
  }
  const digits = at === 0 ? 0 : Math.abs(number) < 9.995 ? 2 : Math.abs(number) < 99.95 ? 1 : 0;
  return at === 0 ? number.toFixed(0) : `${number.toFixed(digits)} ${'kMGT'[at - 1]}`;
}

// An axis' mark: "250 k", "1 M", without needless zeros.
export function mark(number) {
  for (const [size, prefix] of [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ]) {
    if (Math.abs(number) >= size) return trim((number / size).toFixed(2)) + prefix;
  }
  return String(number);
}

// A value next to a title: the given number of significant digits, small numbers as powers.
export function value(number, digits = 3) {
  if (!Number.isFinite(number)) return dash;
  if (number === 0) return '0';
  const size = Math.abs(number);
  if (size < 1e-3 || size >= 1e6) return number.toExponential(digits - 1).replace('e', ' e');
  return number.toPrecision(Math.max(digits, Math.floor(Math.log10(size)) + 1));
}

// A value with the given number of decimals.
export function fixed(number, decimals) {
  return Number.isFinite(number) ? number.toFixed(decimals) : dash;
}

function trim(text) {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

// 10 to a whole power: 0 → "1", −2 → "10⁻²".
export function power(exponent) {
  if (exponent === 0) return '1';
  return `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map(digit => superscripts[digit]).join('')}`;
}
