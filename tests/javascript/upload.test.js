// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { base64, keyOf, send } from '../../wwwroot/js/data/upload.js';

const address = 'api/v1/uploads';

/** A site that keeps what it is sent, and fails as the test says. */
function site() {
  const uploads = new Map();
  const state = { uploads, failing: [], asked: [] };
  state.fetch = async (to, { method, headers, body }) => {
    state.asked.push(method);
    const fault = state.failing.shift();
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    const id = to.split('/').pop();
    if (method === 'POST') {
      if (fault) return new Response(JSON.stringify({ detail: fault }), { status: 413 });
      const made = `upload-${uploads.size}`;
      uploads.set(made, { length: Number(headers['Upload-Length']), bytes: [] });
      return new Response(null, { status: 201, headers: { Location: `/${address}/${made}` } });
    }
    const upload = uploads.get(id);
    if (!upload) return new Response(null, { status: 404 });
    if (method === 'HEAD') return new Response(null, { status: 200, headers: { 'Upload-Offset': String(upload.bytes.length) } });
    if (Number(headers['Upload-Offset']) !== upload.bytes.length) return new Response(null, { status: 409 });
    const bytes = [...new Uint8Array(await body.arrayBuffer())];
    // Half arrives before the connection breaks.
    if (fault === 'half') {
      upload.bytes.push(...bytes.slice(0, bytes.length / 2));
      throw new TypeError('Failed to fetch');
    }
    upload.bytes.push(...bytes);
    return new Response(null, { status: 204, headers: { 'Upload-Offset': String(upload.bytes.length) } });
  };
  return state;
}

const file = () => new File([new Uint8Array([1, 2, 3, 4, 5, 6])], 'sounds.zip', { lastModified: 7 });
const options = server => ({ signal: new AbortController().signal, wait: async () => {}, fetch: server.fetch });

describe('an upload', () => {
  beforeEach(() => localStorage.clear());

  it('sends a file and says how far it is', async () => {
    const server = site();
    const said = [];
    const id = await send(file(), sent => said.push(sent), options(server));
    expect(server.uploads.get(id).bytes).toEqual([1, 2, 3, 4, 5, 6]);
    expect(said).toEqual([0, 6]);
  });

  it('continues where a broken connection left it', async () => {
    const server = site();
    server.failing = [undefined, 'half', 'lost'];
    const id = await send(file(), () => {}, options(server));
    expect(server.uploads.get(id).bytes).toEqual([1, 2, 3, 4, 5, 6]);
    expect(server.asked).toEqual(['POST', 'PATCH', 'HEAD', 'HEAD', 'PATCH']);
  });

  it('continues after a reload, and begins again when the site has forgotten it', async () => {
    const server = site();
    server.uploads.set('upload-x', { length: 6, bytes: [1, 2] });
    localStorage.setItem('uploads', JSON.stringify({ [keyOf(file())]: 'upload-x' }));
    expect(await send(file(), () => {}, options(server))).toBe('upload-x');
    expect(server.uploads.get('upload-x').bytes).toEqual([1, 2, 3, 4, 5, 6]);
    server.uploads.clear();
    const again = await send(file(), () => {}, options(server));
    expect(server.uploads.get(again).bytes).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('says why it was refused and does not try again', async () => {
    const server = site();
    server.failing = ['The disk has no room.'];
    await expect(send(file(), () => {}, options(server))).rejects.toThrow('The disk has no room.');
    expect(server.asked).toEqual(['POST']);
  });

  it('gives up after a while without the site', async () => {
    const server = site();
    server.failing = Array(20).fill('lost');
    await expect(send(file(), () => {}, options(server))).rejects.toThrow('Failed to fetch');
    expect(server.asked.length).toBe(7);
  });

  it('writes names in UTF-8', () => expect(base64('Trömmel 鼓.wav')).toBe('VHLDtm1tZWwg6byTLndhdg=='));
});
