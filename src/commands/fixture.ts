import { fileURLToPath } from 'node:url';

/** The Meixian district of the project, beside `dist`. */
export const MEIXIAN_FOLDER = fileURLToPath(new URL('../../../fixtures/meixian', import.meta.url));
