"use strict";
/* Words in a plane.  Every plane gives {x, y} for each density, what is drawn around it, and what the axes mean. */
const dot = (a, b) => { let sum = 0; for (let i = 0; i < a.length; i++) sum += a[i] * b[i]; return sum; };
const minus = (a, b) => a.map((value, i) => value - b[i]);
const scaled = (a, factor) => a.map(value => value * factor);

/* The direction (d,) in which points differ most, without what lies along others; powers of their products. */
function principal(points, others) {
  const dim = points[0].length, centre = new Float64Array(dim);
  for (const point of points) for (let i = 0; i < dim; i++) centre[i] += point[i] / points.length;
  let total = 0;
  const rest = points.map(point => {
    let left = minus(point, centre);
    total += dot(left, left);
    for (const axis of others) left = minus(left, scaled(axis, dot(left, axis)));
    return left;
  });
  let axis = new Float64Array(dim).map((_, i) => 1 + Math.sin(i + 1) / 7);   // any start, always the same
  for (let turn = 0; turn < 100; turn++) {
    const next = new Float64Array(dim);
    for (const point of rest) { const part = dot(point, axis); for (let i = 0; i < dim; i++) next[i] += part * point[i]; }
    const length = Math.sqrt(dot(next, next));
    if (!(length > 1e-12 * total)) break;   // the rest is rounding
    axis = scaled(next, 1 / length);
  }
  for (const other of others) axis = minus(axis, scaled(other, dot(axis, other)));
  const length = Math.sqrt(dot(axis, axis));
  if (!(length > 1e-9)) return new Float64Array(dim).map((_, i) => (i === others.length ? 1 : 0));
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return scaled(axis, (largest < 0 ? -1 : 1) / length);
}

/* Half axes and angle of the ellipse that holds a share of a Gaussian's mass in the plane of two axes. */
function ellipse(variance, one, two, level) {
  const spread = (a, b) => { let sum = 0; for (let i = 0; i < a.length; i++) sum += a[i] * b[i] * variance[variance.length > 1 ? i : 0]; return sum; };
  const xx = spread(one, one), yy = spread(two, two), xy = spread(one, two), radius = Math.sqrt(-2 * Math.log1p(-level));
  const middle = (xx + yy) / 2, reach = Math.hypot((xx - yy) / 2, xy);
  return { rx: radius * Math.sqrt(middle + reach), ry: radius * Math.sqrt(Math.max(middle - reach, 0)), angle: Math.atan2(2 * xy, xx - yy) / 2 };
}

function flat(densities, one, two, level) {
  const centre = densities[0].mean;
  return densities.map(({ mean, variance }) => {
    const from = minus(mean, centre);
    return { x: dot(from, one), y: dot(from, two), ellipse: variance ? ellipse(variance, one, two, level) : null };
  });
}

const PLANES = {
  differ(densities, level) {
    const means = densities.map(density => density.mean), one = principal(means, []), two = principal(means, [one]);
    return { points: flat(densities, one, two, level), axes: ["first principal component of these words", "second"] };
  },
  towards(densities, level, other) {
    const line = minus(other.mean, densities[0].mean), length = Math.sqrt(dot(line, line));
    const means = densities.map(density => density.mean);
    const one = length > 0 ? scaled(line, 1 / length) : principal(means, []);
    return { points: flat(densities, one, principal(means, [one]), level), axes: ["towards the other word", "what else differs most"] };
  },
  /* Everything in standard deviations of the first density b: x is how far off a mean lies, y how far the mass of a
   * lies from its own mean, so that x² + y² is the mean squared distance of a's mass from b's mean, in all dimensions. */
  breadth(densities, level, other, arcs) {
    const [first] = densities, at = i => first.variance[first.variance.length > 1 ? i : 0];
    const side = principal(densities.map(density => density.mean), []), dim = first.mean.length;
    const points = densities.map(({ mean, variance }) => {
      let far = 0, wide = 0;
      for (let i = 0; i < dim; i++) { far += (mean[i] - first.mean[i]) ** 2 / at(i); wide += variance[variance.length > 1 ? i : 0] / at(i); }
      return { x: Math.sqrt(far) * (dot(minus(mean, first.mean), side) < 0 ? -1 : 1), y: Math.sqrt(wide), ellipse: null };
    });
    return { points, arc: Math.sqrt(arcs[level]), axes: ["how far off the mean lies", "how far the mass lies from its mean"] };
  },
};
