/* What is done with each number of a row that processes tell each other of. */

enum { DV(AHEAD) = 6 }; /* rows whose memory is asked for before it is needed */

static inline void DV(row_ahead)(const dv_shared_rows *table, int64_t row) {
    for (int64_t j = 0; j < table->width; j += 16) {
        __builtin_prefetch(table->rows + row * table->width + j, 1);
        __builtin_prefetch(table->common + row * table->width + j, 1);
    }
}

/* The largest absolute value of row - common. */
static inline float DV(largest)(const float *row, const float *common, int64_t width) {
    float most = 0;
    for (int64_t j = 0; j < width; j++) {
        const float size = __builtin_fabsf(row[j] - common[j]);
        most = size <= most ? most : size;
    }
    return most;
}

/* Eight bits for each number of row - common, to the nearest multiple of `size`. */
static inline void DV(round_off)(const float *row, const float *common, float size, int8_t *steps, int64_t width) {
    const float inverse = 1 / size;
    for (int64_t j = 0; j < width; j++) {
        float x = (row[j] - common[j]) * inverse;
        x = x < 127 ? x > -127 ? x : -127 : 127; /* a NaN becomes a number */
        steps[j] = (int8_t)(int)(x + (x < 0 ? -.5f : .5f));
    }
}

static void DV(write_message)(dv_shared_rows *table, char *bytes) {
    const int64_t number = table->num_changed, width = table->width;
    memset(bytes + dv_message_bytes(number, width) - 8, 0, 8); /* what fills up the last eight */
    memcpy(bytes, &number, 8);
    int32_t *ids = (int32_t *)(bytes + 8);
    float *sizes = (float *)(ids + number);
    int8_t *steps = (int8_t *)(sizes + number);
    for (int64_t k = 0; k < number; k++) {
        const int64_t r = table->changed[k];
        if (k + DV(AHEAD) < number) DV(row_ahead)(table, table->changed[k + DV(AHEAD)]);
        const float *row = table->rows + r * width, *common = table->common + r * width;
        const float most = DV(largest)(row, common, width);
        ids[k] = (int32_t)r;
        table->seen[r] = row[0];
        /* what is not finite is told as nothing (the loss will tell), as is what is too small */
        sizes[k] = most > 1e-30f && most < 1e30f ? most / 127 : 0;
        if (sizes[k] > 0)
            DV(round_off)(row, common, sizes[k], steps + k * width, width);
        else
            memset(steps + k * width, 0, (size_t)width);
    }
}

/* a becomes a + b where they have nothing in common, their mean where they are alike: a (1 - a.b / 2 a.a) +
 * b (1 - a.b / 2 b.b).  S. Maleki et al.: Scaling distributed training with adaptive summation (MLSys 2021). */
static inline void DV(adapt_sum)(float *a, const float *b, int64_t width) {
    enum { LANES = 16 };
    float ab[LANES] = {0}, aa[LANES] = {0}, bb[LANES] = {0};
    int64_t j = 0;
    for (; j + LANES <= width; j += LANES)
        for (int l = 0; l < LANES; l++) {
            ab[l] += a[j + l] * b[j + l];
            aa[l] += a[j + l] * a[j + l];
            bb[l] += b[j + l] * b[j + l];
        }
    for (int l = 0; j < width; j++, l++) ab[l] += a[j] * b[j], aa[l] += a[j] * a[j], bb[l] += b[j] * b[j];
    for (int l = 1; l < LANES; l++) ab[0] += ab[l], aa[0] += aa[l], bb[0] += bb[l];
    const float common = ab[0] > 0 ? ab[0] / 2 : 0;
    const float of_a = aa[0] > 0 ? 1 - common / aa[0] : 1, of_b = bb[0] > 0 ? 1 - common / bb[0] : 1;
    for (j = 0; j < width; j++) a[j] = of_a * a[j] + of_b * b[j];
}

static inline void DV(add_up)(float *a, const float *b, int64_t width) {
    for (int64_t j = 0; j < width; j++) a[j] += b[j];
}

/* Bring into the table what num_messages processes have told, the own-th this one.  Each change that is told of a row
 * is at changes + p * width; they are joined two by two, so that all come to the same bits. */
static void DV(take_messages)(dv_shared_rows *table, dv_message *messages, int64_t num_messages, int64_t own,
                              float *changes) {
    const int64_t width = table->width;
    float *mine = changes + num_messages * width;
    for (;;) {
        int64_t r = INT64_MAX, filled = 0;
        for (int64_t p = 0; p < num_messages; p++)
            if (messages[p].next < messages[p].number && messages[p].ids[messages[p].next] < r)
                r = messages[p].ids[messages[p].next];
        if (r == INT64_MAX) return;
        int has_mine = 0;
        for (int64_t p = 0; p < num_messages; p++) {
            dv_message *message = messages + p;
            if (message->next == message->number || message->ids[message->next] != r) continue;
            const float size = message->sizes[message->next];
            const int8_t *steps = message->steps + message->next * width;
            float *change = changes + filled * width;
            for (int64_t j = 0; j < width; j++) change[j] = size * (float)steps[j];
            if (p == own) memcpy(mine, change, (size_t)width * sizeof(float)), has_mine = 1;
            if (message->next + DV(AHEAD) < message->number) DV(row_ahead)(table, message->ids[message->next + DV(AHEAD)]);
            message->next++, filled++;
        }
        for (int64_t step = 1; step < filled; step *= 2)
            for (int64_t p = 0; p + step < filled; p += 2 * step) {
                if (r < table->adaptive_rows)
                    DV(adapt_sum)(changes + p * width, changes + (p + step) * width, width);
                else
                    DV(add_up)(changes + p * width, changes + (p + step) * width, width);
            }
        float *row = table->rows + r * width, *common = table->common + r * width;
        const int is_as_seen = row[0] == table->seen[r];
        if (has_mine)
            for (int64_t j = 0; j < width; j++) common[j] += changes[j], row[j] += changes[j] - mine[j];
        else
            for (int64_t j = 0; j < width; j++) common[j] += changes[j], row[j] += changes[j];
        table->seen[r] = is_as_seen ? row[0] : NAN;
    }
}
