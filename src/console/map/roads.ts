import { createContext } from 'preact';
import { NO_ROADS, type RoadCollection } from '../../model/roads.js';

/** The roads of the district that the page shows, which every map of it is drawn on. */
export const Roads = createContext<RoadCollection>(NO_ROADS);
