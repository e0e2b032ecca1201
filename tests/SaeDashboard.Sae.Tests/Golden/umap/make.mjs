// Makes umap.json, which AtlasPartTests reads: what umap-js 1.4.0 (MIT) computes of 60 directions, and the curve's parameters by another method
// than ours (a simplex search; umap-js fits them loosely). In an empty folder: npm install umap-js@1.4.0 && node make.mjs > umap.json
import { UMAP } from 'umap-js';

const count = 60,
  width = 6,
  neighbours = 10;
let state = 12345;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const short = value => Number(value.toPrecision(7));

const rows = Array.from({ length: count }, (_, i) => Array.from({ length: width }, (_, axis) => short(normal() + (axis === i % 5 ? 2 : 0))));
const cosine = (a, b) => {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
const nearest = rows.map((row, i) => {
  const all = rows.map((other, j) => ({ j, far: i === j ? 0 : cosine(row, other) })).sort((a, b) => a.far - b.far);
  return all.slice(0, neighbours);
});
const umap = new UMAP({ nNeighbors: neighbours });
umap.knnIndices = nearest.map(list => list.map(each => each.j));
umap.knnDistances = nearest.map(list => list.map(each => each.far));
const { sigmas, rhos } = umap.smoothKNNDistance(umap.knnDistances, neighbours, 1);
const edges = [];
umap.fuzzySimplicialSet(rows, neighbours).forEach((value, row, column) => value > 0 && edges.push([row, column, short(value)]));

// Least squares of 1 / (1 + a·x^(2b)) at 300 distances from 0 to 3 spreads, as umap-learn poses it; by Nelder and Mead's simplex.
function curve(minDistance, spread) {
  const error = ([a, b]) => {
    if (a <= 0 || b <= 0) return Infinity;
    let sum = 0;
    for (let i = 0; i < 300; i++) {
      const x = (3 * spread * i) / 299,
        wanted = x < minDistance ? 1 : Math.exp(-(x - minDistance) / spread);
      sum += (wanted - 1 / (1 + a * x ** (2 * b))) ** 2;
    }
    return sum;
  };
  let simplex = [[1, 1], [1.2, 1], [1, 1.2]];
  for (let step = 0; step < 2000; step++) {
    simplex.sort((p, q) => error(p) - error(q));
    const [best, good, worst] = simplex,
      middle = [0, 1].map(i => (best[i] + good[i]) / 2),
      along = t => [0, 1].map(i => middle[i] + t * (worst[i] - middle[i]));
    const mirrored = along(-1),
      far = along(-2),
      near = along(0.5);
    if (error(mirrored) < error(best)) simplex[2] = error(far) < error(mirrored) ? far : mirrored;
    else if (error(mirrored) < error(good)) simplex[2] = mirrored;
    else if (error(near) < error(worst)) simplex[2] = near;
    else simplex = [best, ...[good, worst].map(point => [0, 1].map(i => (point[i] + best[i]) / 2))];
  }
  return { minDistance, spread, a: short(simplex[0][0]), b: short(simplex[0][1]) };
}

console.log(JSON.stringify({
  count, width, neighbours,
  directions: rows.flat(),
  indices: nearest.flatMap(list => list.map(each => each.j)),
  rho: rhos.map(short),
  sigma: sigmas.map(short),
  edges,
  curves: [curve(0.1, 1), curve(0.001, 1), curve(0.5, 1), curve(0.25, 2)],
}));
