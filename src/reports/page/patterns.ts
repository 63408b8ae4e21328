import { type Markup, markup } from './markup.js';

/** What pictures fill with where something is unknown, or possible only. */
export const UNKNOWN_FILL = 'url(#unknown)';

/** The patterns that pictures refer to: they stand in a page once. */
export const PATTERNS: Markup = markup`<svg width="0" height="0" class="patterns" aria-hidden="true"><defs><pattern id="unknown" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"/><rect width="2" height="5" fill="#6b6b6b"/></pattern></defs></svg>`;
