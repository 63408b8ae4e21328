/** The maps of all rooms, with the library that draws them: the one part of the page that is loaded after the rest. */
export { CheckMap } from '../check/check-map.js';
export { TimeMap } from '../time/time-map.js';
export { DistrictMap } from './district-map.js';
