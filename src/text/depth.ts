/** Markup inside more than this many others is not read as such: trees are walked recursively. */
export const MAX_DEPTH = 100
/** Markdown's quotes within quotes; what is left of MAX_DEPTH is for the markup in their text. */
export const MAX_QUOTES = 50
