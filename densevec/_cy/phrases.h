/* Phrases: counting neighbouring words of a text, and joining those that make a phrase.
 *
 * A word has an id; those of connector words ("of", "the") are the first.  What stands before the last word of a
 * candidate is its left side: the id of a word, or, when connector words follow that, the id of a chain, which is made
 * of a left side and one more connector word.  Ids of chains have the highest bit set.  A candidate is a left side and
 * a word, 64 bits, and so is what a chain is made of; both live in tables of such pairs.
 */
#ifndef DENSEVEC_PHRASES_H
#define DENSEVEC_PHRASES_H

#include "pair_table.h"
#include "word_table.h"

#define DV_CHAIN UINT32_C(0x80000000)
#define DV_NO_LEFT UINT32_C(0xFFFFFFFF) /* nothing a phrase could begin with */

/* ---- counting ---- */

typedef struct {
    dv_table words;          /* ids */
    int64_t *counts;         /* of words by id, 0 for connector words */
    uint64_t num_words, words_capacity;
    uint64_t num_connectors; /* their ids are the first */
    dv_pairs chains;         /* ids + 1, without the highest bit */
    uint64_t *chain_keys;    /* what chains are made of, by id */
    uint64_t num_chains, chains_capacity;
    dv_pairs pairs;          /* how often each candidate came */
    int64_t num_tokens;      /* connector words among them */
    uint64_t most;           /* words and candidates beyond which the rare ones are dropped */
    int64_t num_drops;       /* how often they were: those that came so often at the most go next, at first none */
    uint32_t left;           /* of the sentence that is open */
    int64_t open_tokens, max_length;
} dv_phrases;

static void dv_phrases_free(dv_phrases *p) {
    dv_free(&p->words);
    free(p->counts);
    free(p->chains.entries);
    free(p->chain_keys);
    free(p->pairs.entries);
    memset(p, 0, sizeof *p);
}

/* Room for one more in an array of 64-bit numbers. */
static inline int dv_reserve(void **array, uint64_t size, uint64_t *capacity) {
    if (size < *capacity) return 0;
    {
        uint64_t wanted = *capacity * 2 + 1024;
        void *grown = realloc(*array, wanted * 8);
        if (!grown) return -1;
        *array = grown;
        *capacity = wanted;
    }
    return 0;
}

/* The id of a word, a new one if need be; DV_NO_LEFT when memory is short, or there are 2^31 words. */
static inline uint32_t dv_word_id(dv_phrases *p, const dv_key *key) {
    uint64_t before = p->words.size;
    dv_entry *entry = dv_intern(&p->words, key);
    if (!entry) return DV_NO_LEFT;
    if (p->words.size != before) {
        if (p->num_words >= DV_CHAIN - 1 || dv_reserve((void **)&p->counts, p->num_words, &p->words_capacity))
            return DV_NO_LEFT;
        p->counts[p->num_words] = 0;
        entry->value = (int64_t)p->num_words++;
    }
    return (uint32_t)entry->value;
}

static inline uint32_t dv_chain_id(dv_phrases *p, uint64_t key) {
    dv_pair *entry = dv_pairs_intern(&p->chains, key);
    if (!entry) return DV_NO_LEFT;
    if (entry->value == 0) {
        if (p->num_chains >= DV_CHAIN - 1 || dv_reserve((void **)&p->chain_keys, p->num_chains, &p->chains_capacity))
            return DV_NO_LEFT;
        p->chain_keys[p->num_chains++] = key;
        entry->value = (int64_t)p->num_chains;
    }
    return DV_CHAIN | (uint32_t)(entry->value - 1);
}

/* Drop words and candidates that came ``num_drops`` times at the most, and chains of which no candidate is left; ids
 * become dense again.  No sentence may be open.  A candidate never came more often than its words, so theirs stay. */
static int dv_phrases_prune(dv_phrases *p) {
    dv_phrases kept;
    uint64_t i;
    uint32_t *words = (uint32_t *)malloc((p->num_words + 1) * sizeof(uint32_t));
    uint32_t *chains = (uint32_t *)calloc(p->num_chains + 1, sizeof(uint32_t));
    int failed = !words || !chains;
    memset(&kept, 0, sizeof kept);
    failed = failed || dv_init(&kept.words, 0) || dv_pairs_init(&kept.chains, 0) || dv_pairs_init(&kept.pairs, 0);
    for (i = 0; i < p->num_words && !failed; i++) {
        int stays = i < p->num_connectors || p->counts[i] > p->num_drops;
        words[i] = DV_NO_LEFT;
        if (!stays) continue;
        failed = dv_reserve((void **)&kept.counts, kept.num_words, &kept.words_capacity);
        if (failed) break;
        kept.counts[kept.num_words] = p->counts[i];
        words[i] = (uint32_t)kept.num_words++;
    }
    for (i = 0; i < p->words.capacity && !failed; i++) {
        const dv_entry *entry = p->words.entries + i;
        dv_key key;
        dv_entry *mine;
        if (entry->tag == 0 || words[entry->value] == DV_NO_LEFT) continue;
        dv_make_key(&key, dv_entry_bytes(&p->words, entry), entry->tag - 1, 0);
        mine = dv_intern(&kept.words, &key);
        failed = !mine;
        if (mine) mine->value = words[entry->value];
    }
    for (i = 0; i < p->pairs.capacity && !failed; i++) { /* mark the chains that are needed, and those within them */
        uint32_t left = (uint32_t)(p->pairs.entries[i].key >> 32);
        if (p->pairs.entries[i].value <= p->num_drops) continue;
        while (left & DV_CHAIN && !chains[left ^ DV_CHAIN]) {
            chains[left ^ DV_CHAIN] = 1;
            left = (uint32_t)(p->chain_keys[left ^ DV_CHAIN] >> 32);
        }
    }
    for (i = 0; i < p->num_chains && !failed; i++) { /* what a chain is made of comes before it */
        uint32_t left = (uint32_t)(p->chain_keys[i] >> 32), word = (uint32_t)p->chain_keys[i];
        if (!chains[i]) continue;
        left = left & DV_CHAIN ? chains[left ^ DV_CHAIN] : words[left];
        chains[i] = dv_chain_id(&kept, dv_pair_key(left, words[word]));
        failed = chains[i] == DV_NO_LEFT;
    }
    for (i = 0; i < p->pairs.capacity && !failed; i++) {
        const dv_pair *entry = p->pairs.entries + i;
        uint32_t left = (uint32_t)(entry->key >> 32), word = (uint32_t)entry->key;
        dv_pair *mine;
        if (entry->value <= p->num_drops) continue;
        left = left & DV_CHAIN ? chains[left ^ DV_CHAIN] : words[left];
        mine = dv_pairs_intern(&kept.pairs, dv_pair_key(left, words[word]));
        failed = !mine;
        if (mine) mine->value = entry->value;
    }
    free(words);
    free(chains);
    if (failed) {
        dv_phrases_free(&kept);
        return -1;
    }
    kept.num_connectors = p->num_connectors;
    kept.num_tokens = p->num_tokens;
    kept.most = p->most;
    kept.num_drops = p->num_drops + 1;
    kept.left = DV_NO_LEFT;
    kept.max_length = p->max_length;
    dv_phrases_free(p);
    *p = kept;
    return 0;
}

/* A sentence has ended. */
static inline int dv_phrases_end(dv_phrases *p) {
    p->left = DV_NO_LEFT;
    p->open_tokens = 0;
    return p->words.size - p->num_connectors + p->pairs.size > p->most ? dv_phrases_prune(p) : 0;
}

/* Take one more token; its candidate, if it ends one, in *key: 1 then, 0 else, -1 when memory is short. */
static inline int dv_phrases_step(dv_phrases *p, uint32_t word, uint64_t *key) {
    uint32_t left = p->left;
    p->num_tokens++;
    p->open_tokens++;
    if (word < p->num_connectors) {
        if (left != DV_NO_LEFT) {
            p->left = dv_chain_id(p, dv_pair_key(left, word));
            if (p->left == DV_NO_LEFT) return -1;
        }
        return 0;
    }
    p->counts[word]++;
    p->left = word;
    *key = dv_pair_key(left, word);
    return left != DV_NO_LEFT;
}

/* Count candidates. */
static inline int dv_phrases_add(dv_phrases *p, const uint64_t *found, int number) {
    int i;
    for (i = 0; i < number; i++) {
        dv_pair *entry = dv_pairs_intern(&p->pairs, found[i]);
        if (!entry) return -1;
        entry->value++;
    }
    return 0;
}

/* Count the tokens of a text; a sentence ends with its line, or after max_length tokens.  -1 when memory is short. */
static int dv_phrases_count(dv_phrases *p, const uint8_t *text, const dv_token *tokens, int64_t num_items) {
    dv_key keys[DV_BATCH];
    uint64_t found[DV_BATCH];
    int64_t position = 0, item = 0;
    while (item < num_items) {
        int next = 0, number = 0;
        dv_next_batch(&p->words, text, tokens, num_items, &position, keys);
        for (; item < position; item++) {
            uint32_t word;
            int step;
            if (tokens[item].length == 0 || p->open_tokens == p->max_length) {
                if (p->words.size - p->num_connectors + p->pairs.size + number > p->most) {
                    if (dv_phrases_add(p, found, number)) return -1; /* before anything is dropped */
                    number = 0;
                }
                if (p->open_tokens && dv_phrases_end(p)) return -1; /* a blank line is no sentence */
                if (tokens[item].length == 0) continue;
            }
            word = dv_word_id(p, &keys[next++]);
            if (word == DV_NO_LEFT) return -1;
            step = dv_phrases_step(p, word, &found[number]);
            if (step < 0) return -1;
            if (step) DV_PREFETCH(p->pairs.entries + (dv_pair_slot(found[number]) & (p->pairs.capacity - 1)));
            number += step;
        }
        if (dv_phrases_add(p, found, number)) return -1;
    }
    return 0;
}

/* ---- joining ---- */

typedef struct {
    dv_table words; /* ids; those of connector words are the first */
    uint64_t num_connectors;
    dv_pairs chains; /* ids + 1, without the highest bit */
    dv_pairs pairs;  /* the phrases */
} dv_joiner;

/* What may follow a left side and one more connector word. */
static inline uint32_t dv_joiner_chain(const dv_joiner *joiner, uint32_t left, uint32_t word) {
    const dv_pair *entry;
    if (left == DV_NO_LEFT) return left;
    entry = dv_pairs_find(&joiner->chains, dv_pair_key(left, word));
    return entry->value ? DV_CHAIN | (uint32_t)(entry->value - 1) : DV_NO_LEFT;
}

/* Make one token of tokens first to last, which stand in this order in the text, with the delimiter between them. */
static inline void dv_join_tokens(uint8_t *text, dv_token *tokens, int64_t first, int64_t last, uint8_t delimiter) {
    uint32_t end = tokens[first].start + tokens[first].length;
    int64_t i;
    for (i = first + 1; i <= last; i++) { /* between two tokens is a byte at least */
        text[end++] = delimiter;
        memmove(text + end, text + tokens[i].start, tokens[i].length);
        end += tokens[i].length;
    }
    tokens[first].length = end - tokens[first].start;
}

/* Join from left to right the first candidates that are phrases, in place; how many items are left. */
static int64_t dv_join(const dv_joiner *joiner, uint8_t *text, dv_token *tokens, int64_t num_items,
                       uint8_t delimiter) {
    dv_key keys[DV_BATCH];
    int64_t position = 0, item = 0, kept = 0, first = -1; /* where the candidate begins that is open */
    uint32_t left = DV_NO_LEFT;
    while (item < num_items) {
        int next = 0;
        dv_next_batch(&joiner->words, text, tokens, num_items, &position, keys);
        for (; item < position; item++) {
            const dv_entry *entry;
            uint32_t word;
            tokens[kept] = tokens[item];
            if (tokens[item].length == 0) {
                left = DV_NO_LEFT;
                kept++;
                continue;
            }
            entry = dv_find(&joiner->words, &keys[next++]);
            word = entry->tag ? (uint32_t)entry->value : DV_NO_LEFT;
            if (word < joiner->num_connectors) {
                left = dv_joiner_chain(joiner, left, word);
            } else if (left != DV_NO_LEFT && word != DV_NO_LEFT
                       && dv_pairs_find(&joiner->pairs, dv_pair_key(left, word))->value) {
                dv_join_tokens(text, tokens, first, kept, delimiter);
                kept = first;
                left = DV_NO_LEFT;
            } else {
                first = kept;
                left = word;
            }
            kept++;
        }
    }
    return kept;
}

#endif
