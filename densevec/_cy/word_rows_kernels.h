/* Vectors composed of several rows, and steps of all these rows; included once for every instruction set.
 *
 * Vectors are padded with zeros to whole vectors of the processor, the rows that they are made of to four floats only:
 * there are millions. */

typedef float DV(unaligned) __attribute__((vector_size(DV_VECTOR_BYTES), may_alias, aligned(16)));
static inline vec DV(load_part)(const float *p) { return *(const DV(unaligned) *)p; }
static inline void DV(store_part)(float *p, vec v) { *(DV(unaligned) *)p = v; }

/* A row of the table, by its place among the rows of words. */
static inline float *DV(part)(const dv_word_rows *word_rows, int64_t place, float *rows) {
    DV_CHECK(word_rows->rows[place] >= 0 && word_rows->rows[place] < word_rows->num_rows);
    return rows + word_rows->rows[place] * word_rows->width;
}

/* Composing and adding go through a row in pieces of so many vectors, which stay in registers from row to row. */
#undef DV_PIECE
#define DV_PIECE 7

#define DV_COMPOSE(B, type, load)                                                                                      \
    {                                                                                                                  \
        type sums[B];                                                                                                  \
        for (int k = 0; k < B; k++) sums[k] = (type){0};                                                               \
        for (int64_t p = begin; p < end; p++) {                                                                        \
            const float *row = DV(part)(word_rows, p, rows) + j;                                                       \
            for (int k = 0; k < B; k++) sums[k] += load(row + k * (int64_t)(sizeof(type) / 4));                        \
        }                                                                                                              \
        for (int k = 0; k < B; k++) *(type *)(x + j + k * (int64_t)(sizeof(type) / 4)) = scale * sums[k];              \
        j += B * (int64_t)(sizeof(type) / 4);                                                                          \
    }
#define DV_LOAD_FOUR(p) (*(const dv_four *)(p))

/* x = the mean of a word's rows, and zeros up to a whole number of 16 floats. */
static inline void DV(compose)(const dv_word_rows *word_rows, int32_t word, float *rows, float *x) {
    const int64_t begin = word_rows->offsets[word], end = word_rows->offsets[word + 1], width = word_rows->width;
    const float scale = 1.0f / (float)(end - begin);
    int64_t j = 0;
    while (j + DV_PIECE * DV_LANES <= width) DV_COMPOSE(DV_PIECE, vec, DV(load_part))
    while (j + 4 * DV_LANES <= width) DV_COMPOSE(4, vec, DV(load_part))
    while (j + DV_LANES <= width) DV_COMPOSE(1, vec, DV(load_part))
    while (j < width) DV_COMPOSE(1, dv_four, DV_LOAD_FOUR)
    for (; j % 16; j++) x[j] = 0;
}

#define DV_SHARE_OUT(B)                                                                                                \
    {                                                                                                                  \
        vec steps[B];                                                                                                  \
        for (int k = 0; k < B; k++) steps[k] = DV(load)(step + j + k * DV_LANES);                                      \
        for (int64_t p = begin; p < end; p++) {                                                                        \
            float *row = DV(part)(word_rows, p, rows) + j;                                                             \
            for (int k = 0; k < B; k++) DV(store_part)(row + k * DV_LANES, DV(load_part)(row + k * DV_LANES) + steps[k]); \
        }                                                                                                              \
        j += B * DV_LANES;                                                                                             \
    }

/* Each of a word's rows takes the whole step of their mean, as in fastText. */
static inline void DV(share_out)(const dv_word_rows *word_rows, int32_t word, float *rows, const float *step) {
    const int64_t begin = word_rows->offsets[word], end = word_rows->offsets[word + 1], width = word_rows->width;
    int64_t j = 0;
    while (j + DV_PIECE * DV_LANES <= width) DV_SHARE_OUT(DV_PIECE)
    while (j + 4 * DV_LANES <= width) DV_SHARE_OUT(4)
    while (j + DV_LANES <= width) DV_SHARE_OUT(1)
    for (; j < width; j += 4)
        for (int64_t p = begin; p < end; p++)
            *(dv_four *)(DV(part)(word_rows, p, rows) + j) += DV_LOAD_FOUR(step + j);
}

/* One of a word's rows, by its place, takes a step of its own. */
static inline void DV(step_part)(const dv_word_rows *word_rows, int64_t place, float *rows, const float *x, float factor) {
    float *row = DV(part)(word_rows, place, rows);
    int64_t j = 0;
    for (; j + DV_LANES <= word_rows->width; j += DV_LANES)
        DV(store_part)(row + j, DV(load_part)(row + j) + factor * DV(load)(x + j));
    for (; j < word_rows->width; j += 4) *(dv_four *)(row + j) += factor * DV_LOAD_FOUR(x + j);
}

#undef DV_PARTS_AHEAD
#define DV_PARTS_AHEAD 4 /* tokens ahead whose rows are fetched; twice and three times as far, what says which they are */

/* Ask for the rows of the words soon to come. */
static inline void DV(parts_ahead)(const dv_word_rows *word_rows, const int32_t *ids, int64_t left, float *rows) {
    if (left > 3 * DV_PARTS_AHEAD) __builtin_prefetch(word_rows->offsets + ids[3 * DV_PARTS_AHEAD]);
    if (left > 2 * DV_PARTS_AHEAD) {
        const int32_t *parts = word_rows->rows + word_rows->offsets[ids[2 * DV_PARTS_AHEAD]];
        __builtin_prefetch(parts);
        __builtin_prefetch(parts + 16);
    }
    if (left > DV_PARTS_AHEAD) {
        const int32_t word = ids[DV_PARTS_AHEAD];
        for (int64_t p = word_rows->offsets[word]; p < word_rows->offsets[word + 1]; p++) {
            const float *row = DV(part)(word_rows, p, rows);
            DV(prefetch)(row, word_rows->width);
            __builtin_prefetch(row + word_rows->width - 1, 1, 3);
        }
    }
}
