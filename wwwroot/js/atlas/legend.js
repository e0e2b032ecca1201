// What the colours of a map mean, in words.
import { modes } from './colours.js';

export function showLegend(element, mode, legend) {
  const title = document.createElement('p');
  title.className = 'small muted';
  title.textContent = legend.hues ? 'Hue: related decoder directions have similar hues' : modes[mode].label;
  const parts = legend.hues ? [ramp(legend.hues)] : legend.ramp ? [ramp(legend.ramp), ends(legend.from, legend.to)] : [entries(legend)];
  element.replaceChildren(title, ...parts);
}

const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

function ramp(colours) {
  const bar = document.createElement('i');
  bar.className = 'ramp';
  bar.style.background = `linear-gradient(90deg, ${colours.map(css).join(', ')})`;
  return bar;
}

function ends(from, to) {
  const line = document.createElement('p');
  line.className = 'ends number small';
  line.append(
    Object.assign(document.createElement('span'), { textContent: from }),
    Object.assign(document.createElement('span'), { textContent: to }),
  );
  return line;
}

function entries(legend) {
  const list = document.createElement('ul');
  for (const { colour, text } of legend) {
    const item = document.createElement('li'),
      swatch = document.createElement('i');
    swatch.style.background = css(colour);
    item.className = 'small';
    item.append(swatch, text);
    list.append(item);
  }
  return list;
}
