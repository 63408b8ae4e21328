import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Meixian district of the project, found by its package.json: this module runs as it is and as a part of the bundle. */
export const MEIXIAN_FOLDER = dirname(fileURLToPath(import.meta.resolve('#fixtures/meixian/district.json')));
