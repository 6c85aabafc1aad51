// libedit, for lines that a person types. Wrapped by LineEditor.swift alone.
#include <histedit.h>
#include <stdio.h>

// el_set, el_get and history are variadic, which Swift cannot call; these are the calls we need.

typedef char *(*daybook_edit_prompt)(EditLine *);
typedef unsigned char (*daybook_edit_function)(EditLine *, int);

// An editor of standard input and output for `owner`, with a history; NULL where there is no memory.
static inline EditLine *daybook_edit_open(void *owner, daybook_edit_prompt prompt, History *history_of) {
    EditLine *editor = el_init("daybook", stdin, stdout, stderr);
    if (!editor) return NULL;
    el_set(editor, EL_CLIENTDATA, owner);
    el_set(editor, EL_PROMPT, prompt);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_HIST, history, history_of);
    // Restores the terminal when a signal ends the process, and follows changes of its size.
    el_set(editor, EL_SIGNAL, 1);
    // Ctrl-C is a key while a line is typed.
    el_set(editor, EL_SETTY, "-d", "-isig", NULL);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return editor;
}

// What daybook_edit_open was given.
static inline void *daybook_edit_owner(EditLine *editor) {
    void *owner = NULL;
    el_get(editor, EL_CLIENTDATA, &owner);
    return owner;
}

// Lets a key call a function.
static inline void daybook_edit_bind(
    EditLine *editor, const char *key, const char *name, daybook_edit_function function) {
    el_set(editor, EL_ADDFN, name, "", function);
    el_set(editor, EL_BIND, key, name, NULL);
}

// Keeps the last `count` different lines.
static inline History *daybook_history_open(int count) {
    History *lines = history_init();
    HistEvent event;
    if (!lines) return NULL;
    history(lines, &event, H_SETSIZE, count);
    history(lines, &event, H_SETUNIQUE, 1);
    return lines;
}

static inline void daybook_history_add(History *lines, const char *line) {
    HistEvent event;
    history(lines, &event, H_ENTER, line);
}

// Less than zero where the file cannot be read, or written.
static inline int daybook_history_load(History *lines, const char *path) {
    HistEvent event;
    return history(lines, &event, H_LOAD, path);
}

static inline int daybook_history_save(History *lines, const char *path) {
    HistEvent event;
    return history(lines, &event, H_SAVE, path);
}
