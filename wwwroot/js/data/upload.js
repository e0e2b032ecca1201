// <file-upload>: files go to the site by the tus protocol (1.0.0), in pieces, and continue after a lost connection or a reload. Then the site makes a
// folder of them, or says why not. What has been sent is remembered by name, size and time of change.
const VERSION = '1.0.0';
const PIECE = 8 * 1024 * 1024;
const WAITS = [500, 1000, 2000, 5000, 10000, 30000];
const REMEMBERED = 'uploads';

/** The path of a file below the folder that was chosen. */
export function pathOf(file) {
  return file.webkitRelativePath || file.name;
}

/** What a file is remembered by. */
export function keyOf(file) {
  return `${pathOf(file)}|${file.size}|${file.lastModified}`;
}

/** UTF-8 as base64, for Upload-Metadata. */
export function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
  } catch {
    return {};
  }
}

function remember(key, id) {
  const all = remembered();
  if (id) all[key] = id;
  else delete all[key];
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(all));
  } catch {
    // A private window: a reload begins again.
  }
}

async function reasonOf(answer) {
  const body = await answer.json().catch(() => null);
  return body?.detail ?? `The site answered ${answer.status}.`;
}

/** A refusal that another try does not change. */
class Refusal extends Error {}

/**
 * Sends one file.
 * @param {File} file
 * @param {(sent: number) => void} progress called with the bytes that are there
 * @param {{signal: AbortSignal, wait?: (ms: number) => Promise<void>, fetch?: typeof fetch}} options
 * @returns {Promise<string>} the upload's id
 */
export async function send(file, progress, { signal, wait = ms => new Promise(done => setTimeout(done, ms)), fetch: ask = fetch }) {
  const request = (address, options) => ask(address, { signal, ...options, headers: { 'Tus-Resumable': VERSION, ...options.headers } });
  let id = remembered()[keyOf(file)];
  let offset = null;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      if (!id) {
        const made = await request('api/v1/uploads', {
          method: 'POST',
          headers: { 'Upload-Length': String(file.size), 'Upload-Metadata': `filename ${base64(pathOf(file))}` },
        });
        if (made.status !== 201) throw new Refusal(await reasonOf(made));
        id = made.headers.get('Location').split('/').pop();
        remember(keyOf(file), id);
        offset = 0;
      }
      if (offset === null) {
        const there = await request(`api/v1/uploads/${id}`, { method: 'HEAD' });
        if (there.status === 404) {
          remember(keyOf(file), null);
          id = null;
          continue;
        }
        if (!there.ok) throw new Error(`The site answered ${there.status}.`);
        offset = Number(there.headers.get('Upload-Offset'));
      }
      progress(offset);
      if (offset >= file.size) return id;
      const sent = await request(`api/v1/uploads/${id}`, {
        method: 'PATCH',
        headers: { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
        body: file.slice(offset, offset + PIECE),
      });
      if (sent.status === 204) {
        offset = Number(sent.headers.get('Upload-Offset'));
        failures = 0;
        continue;
      }
      if (sent.status === 413 || sent.status === 507) throw new Refusal(await reasonOf(sent));
      throw new Error(`The site answered ${sent.status}.`);
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      // Another connection, or the site again: what is there is asked first.
      offset = id ? null : offset;
      if (failures === WAITS.length) throw error;
      await wait(WAITS[failures++]);
    }
  }
}

const megabytes = bytes => `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;

class FileUpload extends HTMLElement {
  #stop = null;

  connectedCallback() {
    this.addEventListener('change', this.#chosen);
    this.addEventListener('click', this.#pressed);
  }

  disconnectedCallback() {
    this.removeEventListener('change', this.#chosen);
    this.removeEventListener('click', this.#pressed);
    this.#stop?.abort();
  }

  #part(name) {
    return this.querySelector(`[data-upload-${name}]`);
  }

  #say(text, kind = '') {
    const place = this.#part('answer');
    place.textContent = text;
    place.hidden = text === '';
    place.classList.toggle('bad', kind === 'bad');
  }

  get #files() {
    return [...this.querySelectorAll('input[type=file]')]
      .flatMap(input => [...input.files])
      .filter(
        file =>
          !pathOf(file)
            .split('/')
            .some(part => part.startsWith('.')),
      );
  }

  #chosen = event => {
    if (event.target.type !== 'file') return;
    const files = this.#files;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    this.#part('chosen').textContent =
      files.length === 0
        ? 'No file is chosen.'
        : `${files.length.toLocaleString('en')} ${files.length === 1 ? 'file' : 'files'}, ${megabytes(total)}.`;
    const name = this.#part('name');
    if (!name.value && files.length > 0)
      name.value = pathOf(files[0])
        .split('/')[0]
        .replace(/\.(zip|tar|tgz|tar\.gz|safetensors|json|wav)$/i, '');
  };

  #pressed = event => {
    if (event.target.closest('[data-upload-start]')) void this.#start();
    else if (event.target.closest('[data-upload-cancel]')) this.#stop?.abort();
  };

  async #start() {
    const files = this.#files;
    if (this.#stop || files.length === 0) {
      if (files.length === 0) this.#say('Choose a file or a folder first.', 'bad');
      return;
    }
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const bar = this.#part('bar');
    this.toggleAttribute('busy', true);
    let before = 0;
    const ids = [];
    try {
      for (const file of files) {
        ids.push(
          await send(
            file,
            sent => {
              const percent = total === 0 ? 100 : Math.floor((100 * (before + sent)) / total);
              bar.setAttribute('aria-valuenow', String(percent));
              bar.firstElementChild.style.width = `${percent}%`;
              this.#say(`${megabytes(before + sent)} of ${megabytes(total)}: ${pathOf(file)}`);
            },
            { signal },
          ),
        );
        before += file.size;
      }
      this.#say('The files are here; they are being checked and hashed…');
      const answer = await fetch('api/v1/uploads/finish', {
        method: 'POST',
        signal,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ uploads: ids, kind: this.#part('kind').value, name: this.#part('name').value }),
      });
      if (!answer.ok) {
        this.#say(
          `Refused: ${await reasonOf(answer)} The files are kept here for a week: add what is missing and press Upload again.`,
          'bad',
        );
        return;
      }
      const made = await answer.json();
      for (const file of files) remember(keyOf(file), null);
      this.#say(
        `${made.name} is here: ${made.files.toLocaleString('en')} ${made.files === 1 ? 'file' : 'files'}, ${megabytes(made.bytes)}${made.hash ? `, hash ${made.hash.slice(0, 12)}…` : ''}.`,
      );
      const next = this.#part('next');
      next.href = made.next;
      next.textContent = made.kind === 'sounds' ? 'Make a dataset of it' : 'See it on the Data page';
      next.hidden = false;
    } catch (error) {
      if (signal.aborted) this.#say('Stopped. Press Upload again to continue where it was.');
      else
        this.#say(
          error instanceof Refusal
            ? error.message
            : `The site could not be reached: ${error.message} Press Upload again to continue where it was.`,
          'bad',
        );
    } finally {
      this.#stop = null;
      this.toggleAttribute('busy', false);
    }
  }
}

if (!customElements.get('file-upload')) customElements.define('file-upload', FileUpload);
