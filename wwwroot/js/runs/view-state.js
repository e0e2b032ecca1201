// What a page shows of its charts lives in its address: a reload loses nothing, a link can be shared. What is as it is without saying is not said.
export function read(name) {
  return new URLSearchParams(location.search).get(name);
}

export function list(name) {
  return read(name)?.split(',').filter(Boolean) ?? null;
}

// values: {x: 'wall', smooth: null}: null takes a name out.
export function write(values) {
  history.replaceState(history.state, '', addressWith(values));
}

// This page's address with other values.
export function addressWith(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, Array.isArray(value) ? value.join(',') : value);
  }
  // Commas stay readable.
  const text = query.toString().replaceAll('%2C', ',');
  return location.pathname + (text ? `?${text}` : '');
}
