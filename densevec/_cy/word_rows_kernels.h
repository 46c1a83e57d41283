/* Vectors composed of several rows, and steps of all these rows; included once for every instruction set. */

/* A row of the table, by its place among the rows of words. */
static inline float *DV(part)(const dv_word_rows *word_rows, int64_t place, float *rows, int64_t stride) {
    DV_CHECK(word_rows->rows[place] >= 0 && word_rows->rows[place] < word_rows->num_rows);
    return rows + word_rows->rows[place] * stride;
}

/* Composing and adding go through a row in pieces of so many vectors, which stay in registers from row to row. */
#undef DV_PIECE
#define DV_PIECE 7

#define DV_COMPOSE(B)                                                                                                  \
    {                                                                                                                  \
        vec sums[B];                                                                                                   \
        for (int k = 0; k < B; k++) sums[k] = (vec){0};                                                                \
        for (int64_t p = begin; p < end; p++) {                                                                        \
            const float *row = DV(part)(word_rows, p, rows, stride) + j;                         \
            for (int k = 0; k < B; k++) sums[k] += DV(load)(row + k * DV_LANES);                                       \
        }                                                                                                              \
        for (int k = 0; k < B; k++) DV(store)(x + j + k * DV_LANES, scale * sums[k]);                                  \
        j += B * DV_LANES;                                                                                             \
    }

/* x = the mean of a word's rows. */
static inline void DV(compose)(const dv_word_rows *word_rows, int32_t word, float *rows, int64_t stride, float *x) {
    const int64_t begin = word_rows->offsets[word], end = word_rows->offsets[word + 1];
    const float scale = 1.0f / (float)(end - begin);
    int64_t j = 0;
    while (j + DV_PIECE * DV_LANES <= stride) DV_COMPOSE(DV_PIECE)
    while (j + 4 * DV_LANES <= stride) DV_COMPOSE(4)
    while (j < stride) DV_COMPOSE(1)
}

#define DV_SHARE_OUT(B)                                                                                                \
    {                                                                                                                  \
        vec steps[B];                                                                                                  \
        for (int k = 0; k < B; k++) steps[k] = DV(load)(step + j + k * DV_LANES);                                      \
        for (int64_t p = begin; p < end; p++) {                                                                        \
            float *row = DV(part)(word_rows, p, rows, stride) + j;                               \
            for (int k = 0; k < B; k++) DV(store)(row + k * DV_LANES, DV(load)(row + k * DV_LANES) + steps[k]);        \
        }                                                                                                              \
        j += B * DV_LANES;                                                                                             \
    }

/* Each of a word's rows takes the whole step of their mean, as in fastText. */
static inline void DV(share_out)(const dv_word_rows *word_rows, int32_t word, float *rows, int64_t stride, const float *step) {
    const int64_t begin = word_rows->offsets[word], end = word_rows->offsets[word + 1];
    int64_t j = 0;
    while (j + DV_PIECE * DV_LANES <= stride) DV_SHARE_OUT(DV_PIECE)
    while (j + 4 * DV_LANES <= stride) DV_SHARE_OUT(4)
    while (j < stride) DV_SHARE_OUT(1)
}

#undef DV_PARTS_AHEAD
#define DV_PARTS_AHEAD 4 /* tokens ahead whose rows are fetched; twice and three times as far, what says which they are */

/* Ask for the rows of the words soon to come. */
static inline void DV(parts_ahead)(const dv_word_rows *word_rows, const int32_t *ids, int64_t left, float *rows, int64_t stride) {
    if (left > 3 * DV_PARTS_AHEAD) __builtin_prefetch(word_rows->offsets + ids[3 * DV_PARTS_AHEAD]);
    if (left > 2 * DV_PARTS_AHEAD) {
        const int32_t *parts = word_rows->rows + word_rows->offsets[ids[2 * DV_PARTS_AHEAD]];
        __builtin_prefetch(parts);
        __builtin_prefetch(parts + 16);
    }
    if (left > DV_PARTS_AHEAD) {
        const int32_t word = ids[DV_PARTS_AHEAD];
        for (int64_t p = word_rows->offsets[word]; p < word_rows->offsets[word + 1]; p++)
            DV(prefetch)(DV(part)(word_rows, p, rows, stride), stride);
    }
}
