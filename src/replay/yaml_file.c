/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML as a flat list of paths and values, with line and column of each.
 * libyaml reads it; anchors, aliases, tags and several documents are refused
 * while they can still be seen as tokens, since a file for machines that means
 * something else than it says is worse than one that is refused.
 */
#include "replay/yaml_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/memory.h"

static int refuse(const struct yaml_file *file, yaml_mark_t mark,
                  struct error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s:%zu:%zu: %s", file->name,
                     mark.line + 1, mark.column + 1, why);
}

static int refuse_syntax(const struct yaml_file *file,
                         const yaml_parser_t *parser, struct error *err)
{
    const char *problem = parser->problem;

    if (!problem) /* every other trouble has words */
        memory_exhausted(0);
    if (parser->error == YAML_READER_ERROR)
        return error_set(err, ERROR_DATA, "%s: byte %zu: %s (not UTF-8 text)",
                         file->name, parser->problem_offset, problem);
    return error_set(err, ERROR_DATA, "%s:%zu:%zu: not YAML: %s", file->name,
                     parser->problem_mark.line + 1,
                     parser->problem_mark.column + 1, problem);
}

/* What may stand in YAML but not in our files, by token; NULL: it may. */
static const char *refused_token(yaml_token_type_t type)
{
    switch (type) {
    case YAML_ALIAS_TOKEN:
    case YAML_ANCHOR_TOKEN:
        return "anchors (&) and aliases (*) are not read; write the value out";
    case YAML_TAG_TOKEN:
        return "tags (!) are not read; write the value alone";
    case YAML_VERSION_DIRECTIVE_TOKEN:
    case YAML_TAG_DIRECTIVE_TOKEN:
        return "directives (%) are not read";
    case YAML_DOCUMENT_END_TOKEN:
        return "an end of document (...) is not read; end the file instead";
    default:
        return NULL;
    }
}

/* `begun`: a document has begun before this token. */
static int yaml_file_scan_token(const struct yaml_file *file,
                                const yaml_token_t *token, bool *begun,
                                struct error *err)
{
    const char *why = refused_token(token->type);

    if (token->type == YAML_DOCUMENT_START_TOKEN && *begun)
        why = "a second document begins here; a file holds one";
    *begun = *begun || token->type != YAML_STREAM_START_TOKEN;
    return why ? refuse(file, token->start_mark, err, why) : 0;
}

/* Looks at the tokens, where anchors, tags and documents can still be seen. */
static int yaml_file_scan(const struct yaml_file *file, const char *text,
                          size_t length, struct error *err)
{
    yaml_parser_t parser;
    yaml_token_t token;
    bool more = true, begun = false;
    int status = 0;

    if (!yaml_parser_initialize(&parser))
        memory_exhausted(sizeof parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    while (status == 0 && more) {
        if (!yaml_parser_scan(&parser, &token)) {
            status = refuse_syntax(file, &parser, err);
            break;
        }
        more = token.type != YAML_STREAM_END_TOKEN;
        status = yaml_file_scan_token(file, &token, &begun, err);
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return status;
}

static void yaml_file_add(struct yaml_file *file, const char *path,
                          const yaml_node_t *node, int item)
{
    struct yaml_entry *entry;

    file->entry = memory_grow(file->entry, &file->capacity, file->entries + 1,
                              sizeof *file->entry);
    entry = &file->entry[file->entries++];
    entry->path = memory_text(path);
    entry->value = memory_printf("%.*s", (int)node->data.scalar.length,
                                 (const char *)node->data.scalar.value);
    entry->item = item;
    entry->line = (unsigned)node->start_mark.line + 1;
    entry->column = (unsigned)node->start_mark.column + 1;
}

/* "\0" may be written in YAML; a text in C would end there. */
static int yaml_file_add_value(struct yaml_file *file, const char *path,
                               const yaml_node_t *node, int item,
                               struct error *err)
{
    if (strlen((const char *)node->data.scalar.value) !=
        node->data.scalar.length)
        return refuse(file, node->start_mark, err, "a NUL in a value");
    yaml_file_add(file, path, node, item);
    return 0;
}

static bool yaml_file_is_word(const yaml_node_t *key)
{
    if (key->type != YAML_SCALAR_NODE || key->data.scalar.length == 0)
        return false;
    for (size_t i = 0; i < key->data.scalar.length; i++) {
        unsigned char letter = key->data.scalar.value[i];

        if (!isalnum(letter) && !strchr("_.-:/*", letter))
            return false;
    }
    return true;
}

static int check_key(const struct yaml_file *file, yaml_document_t *document,
                     const yaml_node_t *mapping, const yaml_node_pair_t *pair,
                     struct error *err)
{
    const yaml_node_t *key = yaml_document_get_node(document, pair->key);

    if (!yaml_file_is_word(key))
        return refuse(
            file, key->start_mark, err,
            "a key must be a word of letters, digits and _ . - : / *");
    for (const yaml_node_pair_t *other = mapping->data.mapping.pairs.start;
         other < pair; other++) {
        const yaml_node_t *before =
            yaml_document_get_node(document, other->key);

        if (strcmp((const char *)before->data.scalar.value,
                   (const char *)key->data.scalar.value) == 0)
            return error_set(err, ERROR_DATA,
                             "%s:%zu:%zu: %s is there already, in line %zu",
                             file->name, key->start_mark.line + 1,
                             key->start_mark.column + 1,
                             (const char *)key->data.scalar.value,
                             before->start_mark.line + 1);
    }
    return 0;
}

/* A file that is filled from a document. */
struct yaml_walk {
    struct yaml_file *file;
    yaml_document_t *document;
};

static int walk_node(const struct yaml_walk *walk, const yaml_node_t *node,
                     const char *path, unsigned depth, struct error *err);

static int walk_mapping(const struct yaml_walk *walk, const yaml_node_t *node,
                        const char *path, unsigned depth, struct error *err)
{
    int status = 0;

    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         status == 0 && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key =
            yaml_document_get_node(walk->document, pair->key);
        char *below;

        if (check_key(walk->file, walk->document, node, pair, err) < 0)
            return -1;
        below = memory_printf("%s%s%s", path, *path ? "." : "",
                              (const char *)key->data.scalar.value);
        status =
            walk_node(walk, yaml_document_get_node(walk->document, pair->value),
                      below, depth + 1, err);
        free(below);
    }
    return status;
}

static int walk_list(const struct yaml_walk *walk, const yaml_node_t *node,
                     const char *path, struct error *err)
{
    int number = 0;

    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        const yaml_node_t *value =
            yaml_document_get_node(walk->document, *item);

        if (value->type != YAML_SCALAR_NODE)
            return refuse(walk->file, value->start_mark, err,
                          "a list may hold single values only");
        if (yaml_file_add_value(walk->file, path, value, number++, err) < 0)
            return -1;
    }
    if (number == 0)
        return refuse(walk->file, node->start_mark, err, "the list is empty");
    return 0;
}

static int walk_node(const struct yaml_walk *walk, const yaml_node_t *node,
                     const char *path, unsigned depth, struct error *err)
{
    if (depth > YAML_MAX_DEPTH)
        return refuse(walk->file, node->start_mark, err, "nested too deeply");
    if (node->type == YAML_MAPPING_NODE)
        return walk_mapping(walk, node, path, depth, err);
    if (depth == 0)
        return refuse(walk->file, node->start_mark, err,
                      "the file must hold `key: value` lines");
    if (node->type == YAML_SEQUENCE_NODE)
        return walk_list(walk, node, path, err);
    return yaml_file_add_value(walk->file, path, node, YAML_SINGLE, err);
}

static int load(struct yaml_file *file, const char *text, size_t length,
                struct error *err)
{
    yaml_parser_t parser;
    yaml_document_t document;
    const yaml_node_t *root;
    int status;

    if (!yaml_parser_initialize(&parser))
        memory_exhausted(sizeof parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (!yaml_parser_load(&parser, &document)) {
        status = refuse_syntax(file, &parser, err);
        yaml_parser_delete(&parser);
        return status;
    }
    root = yaml_document_get_root_node(&document);
    if (root)
        status =
            walk_node(&(struct yaml_walk){ file, &document }, root, "", 0, err);
    else
        status =
            error_set(err, ERROR_DATA, "%s: the file is empty", file->name);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return status;
}

int yaml_text_read(struct yaml_file *file, const char *text, size_t length,
                   const char *name, struct error *err)
{
    *file = (struct yaml_file){ .name = memory_text(name) };
    if (yaml_file_scan(file, text, length, err) < 0 ||
        load(file, text, length, err) < 0) {
        yaml_file_release(file);
        return -1;
    }
    return 0;
}

int yaml_file_read(struct yaml_file *file, const char *path, struct error *err)
{
    char *text = file_read_text(path, YAML_MAX_BYTES, err);
    int status;

    if (!text)
        return -1;
    status = yaml_text_read(file, text, strlen(text), path, err);
    free(text);
    return status;
}

void yaml_file_release(struct yaml_file *file)
{
    for (size_t i = 0; i < file->entries; i++) {
        free(file->entry[i].path);
        free(file->entry[i].value);
    }
    free(file->entry);
    free(file->name);
    *file = (struct yaml_file){ 0 };
}

int yaml_error(const struct yaml_file *file, const struct yaml_entry *entry,
               struct error *err)
{
    return error_prefix(err, "%s:%u:%u: ", file->name, entry->line,
                        entry->column);
}
