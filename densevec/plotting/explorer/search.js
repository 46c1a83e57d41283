"use strict";
/* Answers from the numbers of a page.  openVectors(header, block) knows nothing of the document, so that a test can run it.
 *
 * A coordinate is scale * (256 high + low): a scan of the high bytes finds candidates, both bytes of theirs decide.
 * A measure of two Gaussians is finish(sum over dimensions of spread(s, t) + shift(squared difference, s, t)). */
function openVectors(header, block) {
  const size = header.words.length, dim = header.dim, each = header.components;
  const high = new Int8Array(block("high")), low = new Uint8Array(block("low")), scale = new Float32Array(block("scale"));
  const rows = scale.length;
  const hasDensities = header.variances !== "none", isSpherical = header.variances === "spherical";
  const variances = isSpherical ? new Float32Array(block("variance")) : null;
  const codes = hasDensities && !isSpherical ? new Uint16Array(block("log_variance")) : null;
  const weights = each > 1 ? new Float32Array(block("weight")) : null;
  const logVariance = code => header.lowest + header.step * code;

  function mean(row) {
    const values = new Float64Array(dim);
    for (let i = 0, at = row * dim; i < dim; i++, at++) values[i] = scale[row] * (256 * high[at] + low[at]);
    return values;
  }

  function variance(row) {
    if (!hasDensities) return null;
    if (isSpherical) return Float64Array.of(variances[row]);
    return Float64Array.from(codes.subarray(row * dim, (row + 1) * dim), code => Math.exp(logVariance(code)));
  }

  const density = row => ({ mean: mean(row), variance: variance(row), norm: Math.sqrt(squares[row]) });
  const squares = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < dim; i++, at++) { const value = 256 * high[at] + low[at]; sum += value * value; }
    squares[row] = sum * scale[row] * scale[row];
  }

  const log2pi = Math.log(2 * Math.PI), same = value => value;
  const kl = {
    sign: -1, finish: same, shift: (square, s, t) => 0.5 * square / t,
    spread: (s, t) => { const ratio = Math.log(s / t); return 0.5 * (Math.expm1(ratio) - ratio); } };
  const bhattacharyya = {
    sign: -1, finish: same, shift: (square, s, t) => 0.25 * square / (s + t),
    spread: (s, t) => 0.25 * Math.log1p(Math.sinh(0.5 * Math.log(s / t)) ** 2) };
  const MEASURES = {
    kl_from_query: kl,
    kl_to_query: { ...kl, shift: (square, s, t) => kl.shift(square, t, s), spread: (s, t) => kl.spread(t, s) },
    jeffreys: {
      sign: -1, finish: same, shift: (square, s, t) => 0.5 * square * (1 / s + 1 / t),
      spread: (s, t) => kl.spread(s, t) + kl.spread(t, s) },
    expected_likelihood: {
      sign: 1, finish: same, shift: (square, s, t) => -0.5 * square / (s + t),
      spread: (s, t) => -0.5 * (log2pi + Math.log(s + t)) },
    bhattacharyya,
    hellinger: { ...bhattacharyya, finish: value => Math.sqrt(Math.max(0, -Math.expm1(-value))) },
    wasserstein2: {
      sign: -1, finish: value => Math.sqrt(Math.max(0, value)), shift: square => square,
      spread: (s, t) => (Math.sqrt(s) - Math.sqrt(t)) ** 2 },
  };
  const measures = ["cosine", ...(hasDensities ? Object.keys(MEASURES) : [])];

  /* The score of density b for the query a, higher is closer, with all digits there are. */
  function score(name, a, b) {
    if (name === "cosine") {
      let product = 0;
      for (let i = 0; i < dim; i++) product += a.mean[i] * b.mean[i];
      return a.norm > 0 && b.norm > 0 ? Math.max(-1, Math.min(1, product / (a.norm * b.norm))) : 0;
    }
    const { sign, finish, shift, spread } = MEASURES[name];
    let total = 0;
    if (isSpherical) {
      const s = a.variance[0], t = b.variance[0];
      for (let i = 0; i < dim; i++) { const step = a.mean[i] - b.mean[i]; total += step * step; }
      total = shift(total, s, t) + dim * spread(s, t);
    } else for (let i = 0; i < dim; i++) {
      const step = a.mean[i] - b.mean[i];
      total += spread(a.variance[i], b.variance[i]) + shift(step * step, a.variance[i], b.variance[i]);
    }
    return sign * finish(total);
  }

  /* Scores of all rows for a query, from the high bytes alone. */
  function scan(name, query) {
    const scores = new Float64Array(rows), own = query.norm * query.norm;
    if (name === "cosine" || isSpherical) {
      const factors = Float32Array.from(query.mean);
      let middle = 0;                                     // a low byte is about 127.5
      for (let i = 0; i < dim; i++) middle += factors[i] * 127.5;
      for (let row = 0, at = 0; row < rows; row++) {
        let product = 0;
        for (let i = 0; i < dim; i++, at++) product += factors[i] * high[at];
        scores[row] = scale[row] * (256 * product + middle);
      }
      if (name === "cosine") {
        for (let row = 0; row < rows; row++) {
          const length = query.norm * Math.sqrt(squares[row]);
          scores[row] = length > 0 ? scores[row] / length : 0;
        }
        return scores;
      }
      const { sign, finish, shift, spread } = MEASURES[name], s = query.variance[0];
      for (let row = 0; row < rows; row++) {
        const square = Math.max(0, own + squares[row] - 2 * scores[row]), t = variances[row];
        scores[row] = sign * finish(shift(square, s, t) + dim * spread(s, t));
      }
      return scores;
    }
    const { sign, finish, shift, spread } = MEASURES[name];
    const spreads = new Float32Array(256 * dim), shifts = new Float32Array(256 * dim);
    for (let code = 0; code < 256; code++) {
      const t = Math.exp(logVariance(256 * code + 127.5));
      for (let i = 0; i < dim; i++) {
        spreads[256 * i + code] = spread(query.variance[i], t);
        shifts[256 * i + code] = shift(1, query.variance[i], t);
      }
    }
    for (let row = 0, at = 0; row < rows; row++) {
      let total = 0;
      for (let i = 0; i < dim; i++, at++) {
        const step = query.mean[i] - scale[row] * (256 * high[at] + 127.5), place = 256 * i + (codes[at] >> 8);
        total += spreads[place] + step * step * shifts[place];
      }
      scores[row] = sign * finish(total);
    }
    return scores;
  }

  const logSum = (a, b) => { const top = Math.max(a, b); return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top)); };

  /* What a word scores, from the scores of pairs of components: pair(k, l) of the query's and its own.
   * A component of weight 0 is none. */
  function ofPairs(name, word, from, pair) {
    if (each === 1) return pair(0, 0);
    let result = -Infinity;
    for (let k = 0; k < each; k++) for (let l = 0; l < each; l++) {
      const ours = weights[from * each + k], theirs = weights[word * each + l];
      if (ours === 0 || theirs === 0) continue;
      const value = pair(k, l);
      result = name === "expected_likelihood"
        ? logSum(result, value + Math.log(ours) + Math.log(theirs))
        : Math.max(result, value);
    }
    return result;
  }

  const parts = word => Array.from({ length: each }, (_, k) => density(word * each + k));

  function exact(name, word, other) {
    const a = parts(word), b = parts(other);
    return ofPairs(name, other, word, (k, l) => score(name, a[k], b[l]));
  }

  /* [[word, score]] of the topn words nearest to a word, best first, ties by row; the word itself is left out. */
  function neighbours(word, name, topn) {
    const query = parts(word), scanned = query.map(part => scan(name, part));
    const rough = each === 1 ? scanned[0] : Float64Array.from({ length: size }, (_, other) =>
      ofPairs(name, other, word, (k, l) => scanned[k][other * each + l]));
    rough[word] = -Infinity;
    const sorted = rough.slice().sort(), wanted = Math.min(topn, size - 1);
    for (let number = 4 * wanted + 48; ; number *= 4) {
      const least = number < size ? sorted[size - number] : -Infinity, found = [];
      let error = 0;
      for (let other = 0; other < size; other++) {
        if (other === word || !(rough[other] >= least)) continue;
        const b = parts(other), value = ofPairs(name, other, word, (k, l) => score(name, query[k], b[l]));
        error = Math.max(error, Math.abs(value - rough[other]));
        found.push([other, value]);
      }
      found.sort((one, two) => two[1] - one[1] || one[0] - two[0]);
      // what was not looked at would have to be farther off than twice the worst of what was
      if (number >= size || wanted === 0 || found[wanted - 1][1] >= least + 2 * error) return found.slice(0, wanted);
    }
  }

  /* The whole density of a word: of a mixture its moments. */
  function whole(word) {
    const all = parts(word);
    if (each === 1) return all[0];
    const share = k => weights[word * each + k], centre = new Float64Array(dim);
    all.forEach((part, k) => part.mean.forEach((value, i) => { centre[i] += share(k) * value; }));
    const spread = new Float64Array(dim);
    all.forEach((part, k) => part.mean.forEach((value, i) => {
      spread[i] += share(k) * (part.variance[isSpherical ? 0 : i] + (value - centre[i]) ** 2); }));
    const variance = isSpherical ? Float64Array.of(spread.reduce((a, b) => a + b, 0) / dim) : spread;
    return { mean: centre, variance, norm: Math.hypot(...centre) };
  }

  const places = new Map(header.words.map((word, row) => [word, row]));
  return { size, dim, hasDensities, measures, neighbours, score: exact, whole, find: word => places.has(word) ? places.get(word) : -1 };
}
