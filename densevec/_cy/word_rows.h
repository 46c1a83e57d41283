/* Words whose vectors are means of several rows of a table: their own and those of their n-grams (fastText's sub-words).
 *
 * P. Bojanowski, E. Grave, A. Joulin and T. Mikolov: Enriching word vectors with subword information, TACL 2017. */
#ifndef DV_WORD_ROWS_H
#define DV_WORD_ROWS_H
#include <stdint.h>

typedef struct {
    const int64_t *offsets; /* word v has rows[offsets[v]:offsets[v + 1]], one at least; NULL where it is a row itself */
    const int32_t *rows;
    int64_t num_rows, width; /* of the table; floats of a row, a multiple of 4 that may be less than a padded vector's */
} dv_word_rows;

#endif
