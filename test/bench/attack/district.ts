/** Of the server that is attacked. */
export const DISTRICT = 'attacked';
