/* Forward-backward and Viterbi of the alignment HMM for one sentence pair (Vogel et al. 1996; Och & Ney 2003).
 *
 * Source positions i < m each have a state and a NULL state that remembers where the alignment was:
 *     p(i | i') = (1 - p0) jump[i - i'] / sum_l jump[l - i'],   p(NULL_i | i') = p0 [i = i'],
 * from either kind of state; the first target word jumps from position -1, and a NULL state there lies where the jump
 * would have gone.  Each column of emissions is divided by its largest, which is what a computation in log space does
 * once a column instead of once a product; the logarithms of the largest are added up apart. */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int m, n;                 /* source and target length */
    double p0;                /* of NULL */
    const double *transition; /* (m + 1, m): row i' + 1 leads to i, rows add up to 1 */
    const float *emission;    /* log P(y_j | state i) at emission[i * stride + j], i = 0 for NULL */
    int64_t stride;
} dv_hmm;

/* Columns of emissions relative to their largest: scaled (n, m + 1), NULL first; the sum of the largest is returned. */
static double dv_hmm_scale(const dv_hmm *hmm, double *scaled) {
    double total = 0;
    for (int j = 0; j < hmm->n; j++) {
        float largest = hmm->emission[j];
        for (int i = 1; i <= hmm->m; i++) {
            float value = hmm->emission[i * hmm->stride + j];
            largest = value > largest ? value : largest;
        }
        for (int i = 0; i <= hmm->m; i++)
            scaled[(int64_t)j * (hmm->m + 1) + i] = exp((double)hmm->emission[i * hmm->stride + j] - largest);
        total += largest;
    }
    return total;
}

/* log P(y), posteriors of the states at gamma[i * stride + j] (those of NULL states added up in i = 0), and expected
 * jumps (m + 1, m) added to counts, rows from i' + 1.
 * Room: n (3m + 1) + 3m doubles. */
static double dv_hmm_forward_backward(const dv_hmm *hmm, double *room, float *gamma, double *counts) {
    const int m = hmm->m, n = hmm->n;
    const double p0 = hmm->p0, *T = hmm->transition;
    double *scaled = room, *real = scaled + (int64_t)n * (m + 1), *both = real + (int64_t)n * m;
    double *after = both + (int64_t)n * m, *earlier = after + m, *ahead = earlier + m;
    double log_likelihood = dv_hmm_scale(hmm, scaled);
    for (int j = 0; j < n; j++) { /* real: states, both: with the NULL state of the position; each column adds up to 1 */
        const double *emission = scaled + (int64_t)j * (m + 1);
        double *now = real + (int64_t)j * m, *sum = both + (int64_t)j * m, total = 0;
        if (j == 0)
            memcpy(now, T, m * sizeof(double));
        else {
            const double *before = sum - m;
            memset(now, 0, m * sizeof(double));
            for (int from = 0; from < m; from++) {
                const double *row = T + (int64_t)(from + 1) * m, mass = before[from];
                for (int i = 0; i < m; i++) now[i] += mass * row[i];
            }
        }
        for (int i = 0; i < m; i++) {
            double stay = j == 0 ? T[i] : sum[i - m];
            now[i] *= (1 - p0) * emission[i + 1];
            sum[i] = now[i] + p0 * emission[0] * stay;
            total += sum[i];
        }
        for (int i = 0; i < m; i++) now[i] /= total, sum[i] /= total;
        log_likelihood += log(total);
    }
    for (int i = 0; i < m; i++) after[i] = 1; /* what follows position i, from either of its states */
    for (int j = n - 1; j >= 0; j--) {
        const double *emission = scaled + (int64_t)j * (m + 1), *now = real + (int64_t)j * m, *sum = both + (int64_t)j * m;
        const double null_emission = p0 * emission[0];
        double mass = 0, null = 0, reached = 0, largest = 0;
        for (int i = 0; i < m; i++) mass += sum[i] * after[i];
        for (int i = 0; i < m; i++) {
            gamma[(i + 1) * hmm->stride + j] = (float)(now[i] * after[i] / mass);
            null += (sum[i] - now[i]) * after[i];
            ahead[i] = (1 - p0) * emission[i + 1] * after[i];
        }
        gamma[j] = (float)(null > 0 ? null / mass : 0);
        if (j == 0) { /* the first word's NULL state jumps too */
            for (int i = 0; i < m; i++) ahead[i] = T[i] * (ahead[i] + null_emission * after[i]), reached += ahead[i];
            for (int i = 0; i < m; i++) counts[i] += ahead[i] / reached;
            break;
        }
        for (int from = 0; from < m; from++) {
            const double *row = T + (int64_t)(from + 1) * m;
            double jumped = 0;
            for (int i = 0; i < m; i++) jumped += row[i] * ahead[i];
            earlier[from] = jumped + null_emission * after[from];
            reached += sum[from - m] * earlier[from];
            largest = earlier[from] > largest ? earlier[from] : largest;
        }
        for (int from = 0; from < m; from++) {
            const double *row = T + (int64_t)(from + 1) * m, weight = sum[from - m] / reached;
            double *count = counts + (int64_t)(from + 1) * m;
            for (int i = 0; i < m; i++) count[i] += weight * row[i] * ahead[i];
        }
        for (int i = 0; i < m; i++) after[i] = earlier[i] / largest;
    }
    return log_likelihood;
}

/* The most probable positions: path[j] is i + 1, or 0 for a NULL state.  Room: n (m + 1) + 3m doubles, and
 * 2nm integers. */
static void dv_hmm_viterbi(const dv_hmm *hmm, double *room, int32_t *from_where, int32_t *path) {
    const int m = hmm->m, n = hmm->n;
    const double p0 = hmm->p0, *T = hmm->transition;
    double *scaled = room, *real = scaled + (int64_t)n * (m + 1), *null = real + m, *best = null + m;
    int32_t *kind = from_where + (int64_t)n * m; /* whether the better state at (j, i) is the NULL state */
    dv_hmm_scale(hmm, scaled);
    for (int j = 0; j < n; j++) {
        const double *emission = scaled + (int64_t)j * (m + 1);
        double largest = 0;
        for (int i = 0; i < m; i++) {
            int32_t where = -1;
            double value = 0;
            if (j == 0)
                value = T[i];
            else
                for (int from = 0; from < m; from++) {
                    double through = best[from] * T[(int64_t)(from + 1) * m + i];
                    if (through > value || where < 0) value = through, where = from;
                }
            real[i] = value * (1 - p0) * emission[i + 1];
            null[i] = (j == 0 ? T[i] : best[i]) * p0 * emission[0];
            from_where[(int64_t)j * m + i] = where;
        }
        for (int i = 0; i < m; i++) {
            kind[(int64_t)j * m + i] = null[i] > real[i];
            best[i] = null[i] > real[i] ? null[i] : real[i];
            largest = best[i] > largest ? best[i] : largest;
        }
        for (int i = 0; i < m; i++) best[i] /= largest;
    }
    int32_t at = 0;
    for (int i = 1; i < m; i++)
        if (best[i] > best[at]) at = i;
    for (int j = n - 1; j >= 0; j--) {
        int32_t is_null = kind[(int64_t)j * m + at];
        path[j] = is_null ? 0 : at + 1;
        if (!is_null && j > 0) at = from_where[(int64_t)j * m + at];
    }
}
