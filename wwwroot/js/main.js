// What every page loads: the shell's keys and controls, and the elements that draw and sound. Each module registers itself.
import './shell.js';
import './keys.js';
import './go-on.js';
import './reconnect.js';
import './audio/buttons.js';
import './audio/gesture.js';
import './audio/sound-keys.js';
import './audio/volume.js';
import './runs/run-live.js';
import './runs/run-compare.js';
import './features/clip-wave.js';
import './features/feature-list.js';
import './presets/presets.js';
import './studio/strength-fader.js';
import './studio/take-transport.js';
import './studio/arm-wave.js';
import './copy.js';
