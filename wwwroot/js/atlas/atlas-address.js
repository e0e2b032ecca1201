// The state of a map in the page's address: a reload loses nothing, a link can be shared, and Back leads to the map as it was.
import { addressWith, read as fromAddress } from '../runs/view-state.js';
import { isOffered, modes } from './colours.js';
import { fromText, toText } from './selection.js';

const CLOSE = 4; // the zoom at which one feature is shown among its neighbours

// { colour, all, query, focused, rules, showsTable, wantedView }. What makes no sense is left at its default.
export function readState(atlas) {
  const colour = fromAddress('colour'),
    focus = fromAddress('f') === null ? NaN : Number(fromAddress('f')),
    focused = Number.isInteger(focus) && focus >= 0 && focus < atlas.count ? focus : null,
    [x, y, zoom] = (fromAddress('at') ?? '').split(',').map(Number);
  const at = [x, y, zoom].every(Number.isFinite) && zoom > 0 ? { x, y, zoom } : null,
    around = focused === null ? null : { x: atlas.positions[2 * focused], y: atlas.positions[2 * focused + 1], zoom: CLOSE };
  return {
    colour: modes[colour] && isOffered(colour, atlas) ? colour : 'hue',
    all: fromAddress('all') === '1',
    query: fromAddress('q') ?? '',
    focused,
    rules: fromText(fromAddress('select'), atlas.count),
    showsTable: fromAddress('table') === '1',
    wantedView: at ?? around,
  };
}

export function writeState({ colour, all, query, focused, rules, showsTable, view }) {
  const address = addressWith({
    colour: colour === 'hue' ? null : colour,
    all: all ? '1' : null,
    q: query || null,
    f: focused === null ? null : String(focused),
    select: toText(rules) || null,
    table: showsTable ? '1' : null,
    at: view.isFitted ? null : [view.x.toFixed(3), view.y.toFixed(3), view.zoom.toFixed(3)],
  });
  history.replaceState(history.state, '', address.replaceAll('%3B', ';').replaceAll('%3A', ':'));
}
