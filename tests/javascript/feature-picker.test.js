// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from 'vitest';
import '../../wwwroot/js/studio/feature-picker.js';

let picker;
beforeEach(() => {
  document.body.innerHTML = `<feature-picker><input type="search" /><ul>
    <li><button data-play="a"></button><button class="found" id="a"></button></li>
    <li><button data-play="b"></button><button class="found" id="b" disabled></button></li>
    <li><button data-play="c"></button><button class="found" id="c"></button></li></ul></feature-picker>`;
  picker = document.querySelector('feature-picker');
  picker.querySelector('input').focus();
});

const press = (key, type = 'keydown') => {
  const event = new KeyboardEvent(type, { key, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
  return event;
};
const here = () => document.activeElement.id || document.activeElement.tagName;

describe('the picker by key', () => {
  test('arrows walk the features that can be added, and back into the field', () => {
    const way = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowUp'].map(key => {
      expect(press(key).defaultPrevented).toBe(true);
      return here();
    });
    expect(way).toEqual(['a', 'c', 'c', 'a', 'INPUT']);
    expect(press('ArrowUp').defaultPrevented).toBe(false);
  });

  test('Enter in the field adds the first', () => {
    const added = vi.fn();
    document.getElementById('a').addEventListener('click', added);
    press('Enter');
    expect(added).toHaveBeenCalledOnce();
  });

  test('Space on a feature plays it and does not add it; in the field it is a letter', () => {
    expect(press(' ').defaultPrevented).toBe(false);
    const played = vi.fn();
    document.querySelector('[data-play=c]').addEventListener('click', played);
    document.getElementById('c').focus();
    press(' ');
    expect(press(' ', 'keyup').defaultPrevented).toBe(true);
    expect(played).toHaveBeenCalledOnce();
  });
});
