/* Energies of pairs of densities and the lengths of their gradients; part of density_kernels.h. */

/* log(x) for normal x > 0, error below 2e-7 or one unit in the last place of the sum: 2 artanh((f - 1)/(f + 1)), f in
 * [sqrt(1/2), sqrt(2)). */
static inline vec DV(log)(vec x) {
    ivec bits = (ivec)x, exponent = (bits - 0x3f3504f3) >> 23;
    vec rest = (vec)(bits - exponent * (1 << 23)) - 1.0f;
    vec z = rest / (2.0f + rest), w = z * z;
    vec value = DV(splat)(1.0f / 9);
    value = value * w + 1.0f / 7;
    value = value * w + 0.2f;
    value = value * w + 1.0f / 3;
    value = value * w + 1.0f;
    return __builtin_convertvector(exponent, vec) * 0.693147180559945309f + 2.0f * z * value;
}

/* Spherical densities: products and squared norms of four rows at a time, then all rows side by side. */
static inline void DV(measure_spherical)(dv_density_job *job, int32_t word, const float *x, int n) {
    const float dim = (float)job->dim, log_variance = job->word.log_variance[word];
    const vec variance = DV(splat)(__builtin_expf(log_variance));
    float own = 0;
    for (int r = 0; r < n; r += 4) {
        const float *const y[4] = {job->rows[r], job->rows[r + 1], job->rows[r + 2], job->rows[r + 3]};
        vec dots[4] = {{0}}, norms[4] = {{0}}, square = {0};
        for (int64_t j = 0; j < job->stride; j += DV_LANES) {
            vec v = DV(load)(x + j);
            square += v * v;
            for (int k = 0; k < 4; k++) {
                vec row = DV(load)(y[k] + j);
                dots[k] += v * row;
                norms[k] += row * row;
            }
        }
        *(dv_four *)(job->product + r) = DV(sum_four)(dots[0], dots[1], dots[2], dots[3]);
        *(dv_four *)(job->norm + r) = DV(sum_four)(norms[0], norms[1], norms[2], norms[3]);
        if (r == 0) own = DV(sum)(square);
        for (int k = 0; k < 4; k++) job->variance_slope[r + k] = job->context.log_variance[job->words[r + k]];
    }
    const float highest = __builtin_expf(job->max_log_variance);
    for (int r = 0; r < n; r += DV_LANES) {
        vec dot = DV(load)(job->product + r), norm = DV(load)(job->norm + r);
        vec row_log_variance = DV(load)(job->variance_slope + r);
        vec row_variance = highest * DV(exp_negative)(row_log_variance - job->max_log_variance);
        vec distance = own + norm - 2.0f * dot;
        distance = DV(choose)(distance < 0.0f, DV(splat)(0.0f), distance);
        vec precision, energy, row_slope, word_slope;
        if (job->is_kl) {
            vec ratio = row_variance / variance;
            precision = 1.0f / variance;
            energy = -0.5f * (distance * precision + dim * (ratio - 1.0f - row_log_variance + log_variance));
            row_slope = 0.5f * dim * (1.0f - ratio);
            word_slope = 0.5f * (distance * precision + dim * (ratio - 1.0f));
        } else {
            precision = 1.0f / (variance + row_variance);
            energy = -0.5f * (distance * precision + dim * DV(log)(variance + row_variance));
            vec slope = 0.5f * precision * (distance * precision - dim);
            row_slope = row_variance * slope;
            word_slope = variance * slope;
        }
        DV(store)(job->energy + r, energy);
        DV(store)(job->precision + r, precision);
        DV(store)(job->mean_square + r, distance * precision * precision);
        DV(store)(job->product + r, (dot - norm) * precision);
        DV(store)(job->variance_slope + r, row_slope);
        DV(store)(job->variance_square + r, row_slope * row_slope);
        DV(store)(job->word_slope + r, word_slope);
    }
}

/* Of one dimension (a vector of them): what dE/dm_r, dE/dlog s_r and dE/dlog s_w are. */
static inline void DV(slopes)(int is_kl, vec difference, vec variance, vec row_variance, vec *mean, vec *row, vec *word) {
    if (is_kl) {
        vec precision = 1.0f / variance, ratio = row_variance * precision;
        *mean = difference * precision;
        *row = 0.5f * (1.0f - ratio);
        *word = 0.5f * (difference * *mean + ratio - 1.0f);
    } else {
        vec precision = 1.0f / (variance + row_variance);
        *mean = difference * precision;
        vec slope = 0.5f * (*mean * *mean - precision);
        *row = row_variance * slope;
        *word = variance * slope;
    }
}

static inline vec DV(row_variances)(const dv_density_job *job, const float *log_variance) {
    const vec highest = DV(splat)(__builtin_expf(job->max_log_variance));
    return highest * DV(exp_negative)(DV(load)(log_variance) - job->max_log_variance);
}

/* Diagonal densities, row by row.  Logarithms are taken of products of up to four: see the bounds on variances. */
static inline void DV(measure_diagonal)(dv_density_job *job, int32_t word, const float *x, int n) {
    const float *own = job->word.log_variance + word * job->stride;
    for (int64_t j = 0; j < job->stride; j += DV_LANES) DV(store)(job->variance + j, DV(row_variances)(job, own + j));
    for (int r = 0; r < n; r++) {
        const float *y = job->rows[r], *theirs = job->context.log_variance + job->words[r] * job->stride;
        vec energy = {0}, norm = {0}, product = {0}, mean_square = {0}, variance_square = {0};
        vec logs = DV(splat)(1);
        int inside = 0;
        for (int64_t j = 0; j < job->stride; j += DV_LANES) {
            vec row = DV(load)(y + j), difference = DV(load)(x + j) - row, mask = DV(load)(job->mask + j);
            vec variance = DV(load)(job->variance + j), row_variance = DV(row_variances)(job, theirs + j);
            vec mean_slope, row_slope, word_slope;
            DV(slopes)(job->is_kl, difference, variance, row_variance, &mean_slope, &row_slope, &word_slope);
            row_slope *= mask;
            norm += row * row;
            product += row * mean_slope;
            mean_square += mean_slope * mean_slope;
            variance_square += row_slope * row_slope;
            energy += difference * mean_slope;
            if (job->is_kl) {
                energy += mask * (row_variance / variance - 1.0f - DV(load)(theirs + j) + DV(load)(own + j));
            } else {
                logs *= DV(choose)(mask > 0.0f, variance + row_variance, DV(splat)(1));
                if (++inside == 4) energy += DV(log)(logs), logs = DV(splat)(1), inside = 0;
            }
        }
        if (!job->is_kl) energy += DV(log)(logs);
        job->energy[r] = -0.5f * DV(sum)(energy);
        job->norm[r] = DV(sum)(norm);
        job->product[r] = DV(sum)(product);
        job->mean_square[r] = DV(sum)(mean_square);
        job->variance_square[r] = DV(sum)(variance_square);
    }
}
