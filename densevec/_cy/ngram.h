/* Log probabilities of the words of a text from n-grams with back-off weights, in a trie that is read backwards (see
 * ngram_sort.h): the walk from a word back through its history finds the longest n-gram that is known, and passes the
 * nodes whose weights the next word needs. */
#ifndef DV_NGRAM_H
#define DV_NGRAM_H

#include <stdint.h>

#define DV_MAX_ORDER 16

typedef struct {
    const int32_t *words;      /* the first word of each node's n-gram, children of one node in rising order */
    const float *log_probs;    /* log P(w_k | w_1 … w_{k−1}) */
    const float *log_weights;  /* of the node as a context; NULL at the deepest level */
    const int32_t *first;      /* where the children of each node begin on the next level; NULL at the deepest level */
} dv_ngrams;

typedef struct {
    dv_ngrams levels[DV_MAX_ORDER];
    int order;
    int32_t end_id;
} dv_backoff_model;

/* A history: the nodes of its last 1, 2, … words, as many as are known, and how many words may be used. */
typedef struct {
    int32_t nodes[DV_MAX_ORDER];
    int num_nodes;
    int length;
} dv_history;

static int64_t dv_find_child(const dv_backoff_model *model, int depth, int64_t node, int32_t word) {
    const int32_t *words = model->levels[depth].words;
    int64_t low = model->levels[depth - 1].first[node], size = model->levels[depth - 1].first[node + 1] - low;
    if (size <= 0) return -1;
    while (size > 1) { /* without branches: which half is chance */
        int64_t half = size / 2;
        low += words[low + half] <= word ? half : 0;
        size -= half;
    }
    return words[low] == word ? low : -1;
}

static int32_t dv_word_at(const dv_backoff_model *model, const int32_t *ids, int64_t place) {
    return place < 0 ? model->end_id : ids[place];
}

/* The nodes of the n-grams that end with ids[place], the longest of at most length + 1 words; how many there are. */
static int dv_walk(const dv_backoff_model *model, const int32_t *ids, int64_t place, int length, int32_t *nodes) {
    int depth;
    nodes[0] = dv_word_at(model, ids, place);
    for (depth = 1; depth < model->order && depth <= length; depth++) {
        int64_t child = dv_find_child(model, depth, nodes[depth - 1], dv_word_at(model, ids, place - depth));
        if (child < 0) break;
        nodes[depth] = (int32_t)child;
    }
    return depth;
}

/* How many words before ids[place] belong to its history: as far as the last "</s>", or all with crosses. */
static int dv_history_length(const dv_backoff_model *model, const int32_t *ids, int64_t place, int crosses) {
    int length = 0;
    while (length < model->order - 1 && place - length - 1 >= -1) {
        length++;
        if (!crosses && dv_word_at(model, ids, place - length) == model->end_id) break;
    }
    return length;
}

static void dv_find_history(const dv_backoff_model *model, const int32_t *ids, int64_t place, int crosses,
                            dv_history *history) {
    history->length = dv_history_length(model, ids, place, crosses);
    history->num_nodes = history->length ? dv_walk(model, ids, place - 1, history->length - 1, history->nodes) : 0;
}

/* log P of the word whose n-grams are nodes[0 … num_nodes − 1], which are as long as they can be in this history. */
static double dv_log_prob(const dv_backoff_model *model, const dv_history *history, const int32_t *nodes,
                          int num_nodes) {
    double sum = model->levels[num_nodes - 1].log_probs[nodes[num_nodes - 1]];
    int length;
    for (length = num_nodes; length <= history->num_nodes && length <= history->length; length++)
        sum += model->levels[length - 1].log_weights[history->nodes[length - 1]];
    return sum;
}

/* log P of ids[start … stop − 1]; ids before start are read as history. */
static void dv_score(const dv_backoff_model *model, const int32_t *ids, int64_t start, int64_t stop, int crosses,
                     double *log_probs) {
    dv_history history;
    int64_t place;
    dv_find_history(model, ids, start, crosses, &history);
    for (place = start; place < stop; place++) {
        int32_t nodes[DV_MAX_ORDER];
        int num_nodes = dv_walk(model, ids, place, history.length, nodes), i;
        log_probs[place - start] = dv_log_prob(model, &history, nodes, num_nodes);
        /* the word is the last of the next one's history */
        history.length = !crosses && ids[place] == model->end_id ? 1 : history.length + 1;
        if (history.length > model->order - 1) history.length = model->order - 1;
        history.num_nodes = num_nodes < model->order - 1 ? num_nodes : model->order - 1;
        for (i = 0; i < history.num_nodes; i++) history.nodes[i] = nodes[i];
    }
}

/* log P of every word after the history ids[0 … size − 1]. */
static void dv_score_all(const dv_backoff_model *model, const int32_t *ids, int64_t size, int crosses,
                         int64_t num_words, double *log_probs) {
    dv_history history;
    int64_t word;
    dv_find_history(model, ids, size, crosses, &history);
    for (word = 0; word < num_words; word++) {
        int32_t nodes[DV_MAX_ORDER];
        int depth;
        nodes[0] = (int32_t)word;
        for (depth = 1; depth < model->order && depth <= history.length; depth++) {
            int64_t child = dv_find_child(model, depth, nodes[depth - 1], dv_word_at(model, ids, size - depth));
            if (child < 0) break;
            nodes[depth] = (int32_t)child;
        }
        log_probs[word] = dv_log_prob(model, &history, nodes, depth);
    }
}

#endif
