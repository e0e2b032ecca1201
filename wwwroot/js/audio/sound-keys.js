// Keys for whatever sounds, unless the page binds them itself (a later scope wins, see keys.js).
import { bind } from '../keys.js';
import { player } from './player.js';

bind('Sound', {
  ' ': { label: 'Play or pause', run: () => player.toggle() },
  Escape: { label: 'Stop the sound', run: () => player.stop() },
  ArrowLeft: { label: 'Back one second', run: () => player.seek(player.state.position - 1) },
  ArrowRight: { label: 'On one second', run: () => player.seek(player.state.position + 1) },
});
